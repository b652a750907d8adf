// The step itself: gets the program, has it open the files, and hands its answer
// to the steps after this one. What is decided, the program decides.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine } from './flags.mjs';
import { install } from './install.mjs';
import { addPath, bool, childEnv, error, input, lines, saveState, setOutput } from './runner.mjs';
import { versions } from './versions.mjs';

// open runs the program. Its stderr goes to the log, where the runner takes the
// masks from it; its answer is JSON.
function open(program, args, env) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: childEnv(env) });
    let answer = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (answer += text));
    child.stderr.on('data', (bytes) => {
      process.stderr.write(bytes);
      said = (said + bytes.toString('utf8')).slice(-8192);
    });
    // A cancelled job: the program is to give back what it was lent.
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass).on('SIGTERM', pass);
    child.on('error', (err) => fail(new Error(`${program} cannot be run: ${err.code ?? err.message}`)));
    child.on('close', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      if (code === 0) return done(answer);
      const sentence = lines(said).filter((line) => line.startsWith('gitsecrets: ')).pop();
      const end = signal ? `ended by ${signal}` : `exit code ${code}`;
      fail(Object.assign(new Error(`${sentence ?? `gitsecrets ${args[1]} says nothing`} (${end})`), { code: code ?? 1 }));
    });
  });
}

// answerOf is strict: what it holds is handed to others.
function answerOf(text) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = null;
  }
  const isText = (v) => typeof v === 'string';
  const ok = answer && Array.isArray(answer.files) && answer.files.every((f) => isText(f) && !/[\r\n]/.test(f)) &&
    isText(answer.output_dir) && isText(answer.expiration) && isText(answer.identity_subject) && typeof answer.skipped === 'boolean';
  if (!ok) throw new Error('what the program printed is not its answer: is binary-path gitsecrets, and of this version?');
  return answer;
}

async function main(env, root) {
  saveState(env, 'cleanup', bool(env, 'cleanup') || input(env, 'cleanup') === '' ? 'true' : 'false');
  const args = commandLine(env);
  const program = await install(env, versions, root);
  saveState(env, 'program', program);
  addPath(env, path.dirname(program));
  const nothing = { files: [], output_dir: '', expiration: '', identity_subject: '', skipped: false };
  const answer = args ? answerOf(await open(program, args, env)) : nothing;
  setOutput(env, 'files', answer.files.join('\n'));
  setOutput(env, 'output-dir', answer.output_dir);
  setOutput(env, 'expiration', answer.expiration);
  setOutput(env, 'identity-subject', answer.identity_subject);
  setOutput(env, 'skipped', String(answer.skipped));
}

try {
  await main(process.env, path.dirname(path.dirname(fileURLToPath(import.meta.url))));
} catch (err) {
  error(err.message);
  process.exitCode = err.code > 0 ? err.code : 1;
}
