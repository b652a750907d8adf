// The step after the job: takes away what the action left. It never fails the
// job, and does its work when the step failed half-way.
import { spawn } from 'node:child_process';
import { bool, childEnv, input, state, warning } from './runner.mjs';

function cleanup(program) {
  return new Promise((done, fail) => {
    const child = spawn(program, ['ci', 'cleanup'], { stdio: ['ignore', 'inherit', 'inherit'], env: childEnv(process.env), timeout: 60_000, killSignal: 'SIGKILL' });
    child.on('error', (err) => fail(new Error(`${program} cannot be run: ${err.code ?? err.message}`)));
    child.on('close', (code, signal) => (code === 0 ? done() : fail(new Error(signal ? `ended by ${signal}` : `exit code ${code}`))));
  });
}

try {
  const program = state(process.env, 'program');
  const skip = bool({ INPUT_SKIP: process.env.GITSECRETS_SKIP_CLEANUP_STEP ?? '' }, 'skip');
  if (skip || state(process.env, 'cleanup') === 'false') {
    process.stdout.write('gitsecrets: no cleanup, as asked\n');
  } else if (program) {
    await cleanup(program); // without a program, nothing was opened
  }
} catch (err) {
  warning(`the plaintext of this job may not all be removed: ${err.message}`);
}
process.exitCode = 0;
