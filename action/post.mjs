// The step after the job: takes away what the action left. It never fails the
// job, and does its work when the step failed half-way.
import { spawn } from 'node:child_process';
import { bool, childEnv, state, warning } from './runner.mjs';

const patience = 60_000; // milliseconds

function cleanup(program) {
  return new Promise((done, fail) => {
    const child = spawn(program, ['ci', 'cleanup'], { stdio: ['ignore', 'inherit', 'inherit'], env: childEnv(process.env) });
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    const end = (err) => (clearTimeout(timer), err ? fail(err) : done());
    child.on('error', (err) => end(new Error(`${program} cannot be run: ${err.code ?? err.message}`)));
    child.on('close', (code, signal) => end(code === 0 ? null : new Error(signal ? `ended by ${signal}` : `exit code ${code}`)));
  });
}

// skipped is what a person asks for on a machine of his own, to look at what is left.
function skipped(text) {
  try {
    return bool({ INPUT_GITSECRETS_SKIP_CLEANUP_STEP: text ?? '' }, 'GITSECRETS_SKIP_CLEANUP_STEP');
  } catch (err) {
    warning(err.message);
    return false;
  }
}

try {
  const program = state(process.env, 'program');
  if (state(process.env, 'cleanup') === 'false' || skipped(process.env.GITSECRETS_SKIP_CLEANUP_STEP)) {
    process.stdout.write('gitsecrets: no cleanup, as asked\n');
  } else if (program) {
    await cleanup(program); // without a program, nothing was opened
  }
} catch (err) {
  warning(`the plaintext of this job may not all be removed: ${err.message}`);
}
process.exitCode = 0;
