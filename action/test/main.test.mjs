// What the inputs make of the program's arguments, and its answer of the outputs.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Job, stub } from './job.mjs';

test('files are decrypted, and what the program says becomes outputs', async (t) => {
  const job = new Job(t);
  const { code, log } = await job.main({ 'binary-path': stub, files: 'a.yaml\r\n\n  b c,d.yaml  \nC:\\secrets\\prod 1.yaml\n-x.yaml\n', 'role-to-assume': 'arn:aws:iam::111122223333:role/ci' });
  assert.equal(code, 0, log);
  assert.deepEqual(job.called.args, ['ci', 'decrypt', '--json', '--role-to-assume=arn:aws:iam::111122223333:role/ci', '--', 'a.yaml', 'b c,d.yaml', 'C:\\secrets\\prod 1.yaml', '-x.yaml']);
  assert.equal(job.called.cwd, job.dir);
  assert.deepEqual(job.file('OUTPUT'), {
    files: '/private/a.yaml\nC:\\private\\b c.yaml', 'output-dir': '/private', expiration: '2026-01-31T12:00:00Z', 'identity-subject': 'repo:o/r:ref:refs/heads/main', skipped: 'false',
  });
  assert.equal(job.path, path.dirname(stub) + '\n');
  assert.equal(log, '');
});

test('inputs are arguments, never a shell command, and no input is left to the program as a variable', async (t) => {
  const job = new Job(t);
  const evil = '$(touch pwned)`touch pwned`;touch pwned';
  const { code, log } = await job.main({ 'binary-path': stub, files: evil, audience: evil, key: '--help' }, { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x', STATE_x: '1' });
  assert.equal(code, 0, log);
  assert.deepEqual(job.called.args, ['ci', 'decrypt', '--json', `--audience=${evil}`, '--key=--help', '--', evil]);
  assert.equal(job.called.env.ACTIONS_ID_TOKEN_REQUEST_URL, 'https://x');
  assert.deepEqual(Object.keys(job.called.env).filter((n) => /^(INPUT|STATE)_/.test(n)), []);
});

test('every flag has its input', async (t) => {
  const job = new Job(t);
  const { code, log } = await job.main({
    'binary-path': stub, files: 'a', 'output-dir': 'out dir', 'web-identity-token-file': '/t', 'action-timeout-s': '60', 'on-missing-identity': 'skip', mask: 'all',
    'role-chain': 'arn:1\narn:2', 'role-chaining': 'TRUE', 'trust-file-keys': 'True', 'allow-untrusted-checkout': 'false', 'inline-session-policy': '{"a": [1, 2]}',
  });
  assert.equal(code, 0, log);
  assert.deepEqual(job.called.args, [
    'ci', 'decrypt', '--json', '--inline-session-policy={"a": [1, 2]}', '--mask=all', '--token-file=/t', '--timeout=60', '--if-no-identity=skip',
    '--role-chain=arn:1', '--role-chain=arn:2', '--trust-file-keys', '--use-ambient', '--out-dir=out dir', '--', 'a',
  ]);
});

for (const [kind, format] of [['env', 'github-env'], ['output', 'github-output']]) {
  test(`export: ${kind}`, async (t) => {
    const job = new Job(t);
    const answer = JSON.stringify({ files: [], output_dir: '', expiration: '', identity_subject: '', skipped: false });
    const { code, log } = await job.main({ 'binary-path': stub, files: 'a\n-b', export: kind, 'env-prefix': 'APP_', 'allow-env': 'HTTPS_PROXY\nPATH' }, { STUB_ANSWER: answer });
    assert.equal(code, 0, log);
    assert.deepEqual(job.called.args, ['ci', 'export', '--json', '--env-prefix=APP_', '--allow-env=HTTPS_PROXY', '--allow-env=PATH', '--file=a', '--file=-b', `--format=${format}`]);
    assert.equal(job.called.env.GITHUB_ENV, job.env.GITHUB_ENV);
  });
}

test('without files the program is only installed', async (t) => {
  const job = new Job(t);
  const { code, log } = await job.main({ 'binary-path': stub });
  assert.equal(code, 0, log);
  assert.equal(job.called, null);
  assert.equal(job.path, path.dirname(stub) + '\n');
  assert.equal(job.file('OUTPUT').skipped, 'false');
});

for (const [name, inputs, want] of [
  ['a boolean of YAML 1.1', { cleanup: 'yes' }, /input cleanup must be true, True, TRUE, false, False or FALSE/],
  ['a boolean of a security switch', { files: 'a', 'trust-file-keys': 'on' }, /input trust-file-keys must be/],
  ['an unknown way to export', { files: 'a', export: 'environment' }, /input export must be one of: none, env, output/],
  ['export of nothing', { export: 'env' }, /export: env needs files/],
  ['export into a folder', { files: 'a', export: 'env', 'output-dir': 'x' }, /leave output-dir out/],
  ['a prefix of nothing', { files: 'a', 'env-prefix': 'APP_' }, /env-prefix is for values that are exported/],
  ['another word for a missing identity', { files: 'a', 'on-missing-identity': 'ignore' }, /must be one of: fail, skip/],
  ['version: latest', { version: 'latest', 'binary-path': '' }, /version: latest is refused/],
  ['a version nobody pinned', { version: 'v9.9.9', 'binary-path': '' }, /knows no digest of v9.9.9/],
  ['version beside binary-path', { version: 'v1.2.3' }, /exclude each other/],
  ['a program that is not there', { 'binary-path': 'nothing/gitsecrets' }, /binary-path: .*nothing.gitsecrets is no file/],
]) {
  test(`refused: ${name}`, async (t) => {
    const job = new Job(t);
    const { code, log } = await job.main({ 'binary-path': stub, ...inputs });
    assert.equal(code, 1);
    assert.match(log, want);
    assert.match(log, /^::error title=gitsecrets::[^\n]*\n$/);
    assert.equal(job.called, null);
    assert.equal(job.path, '');
  });
}

test('the exit code and the sentence of the program are those of the step', async (t) => {
  const job = new Job(t);
  const says = '::add-mask::x\ngitsecrets: this job has no identity: 100%\nhint: add id-token: write\n';
  const { code, log } = await job.main({ 'binary-path': stub, files: 'a' }, { STUB_EXIT: '11', STUB_SAYS: says });
  assert.equal(code, 11);
  assert.equal(log.replaceAll('\r', ''), says + '::error title=gitsecrets::gitsecrets: this job has no identity: 100%25 (exit code 11)\n');
  assert.deepEqual(job.file('OUTPUT'), {});
  assert.equal(job.file('STATE').program, stub); // for the step after the job
});

for (const answer of ['', 'decrypted 1 file', '{}', '{"files":"a"}', '{"files":["a\\nb"],"output_dir":"","expiration":"","identity_subject":"","skipped":false}', 'null']) {
  test(`no answer of the program's: ${answer}`, async (t) => {
    const job = new Job(t);
    const { code, log } = await job.main({ 'binary-path': stub, files: 'a' }, { STUB_ANSWER: answer });
    assert.equal(code, 1);
    assert.match(log, /is not its answer/);
    assert.deepEqual(job.file('OUTPUT'), {});
  });
}

test('a value cannot end its own output', async (t) => {
  const job = new Job(t);
  const answer = { files: ['a<<EOF'], output_dir: 'x\nskipped=true\nghadelimiter_0', expiration: '', identity_subject: 'PATH=/evil', skipped: false };
  const { code, log } = await job.main({ 'binary-path': stub, files: 'a' }, { STUB_ANSWER: JSON.stringify(answer) });
  assert.equal(code, 0, log);
  assert.equal(job.file('OUTPUT')['output-dir'], answer.output_dir);
  assert.equal(job.file('OUTPUT').skipped, 'false');
  const ends = readFileSync(job.env.GITHUB_OUTPUT, 'utf8').match(/^[a-z-]+<<(ghadelimiter_[0-9a-f]{32})$/gm).map((l) => l.split('<<')[1]);
  assert.equal(new Set(ends).size, 5);
});

test('a file of the runner that is missing is not made', async (t) => {
  const job = new Job(t);
  rmSync(job.env.GITHUB_STATE);
  const { code, log } = await job.main({ 'binary-path': stub, files: 'a' });
  assert.equal(code, 1);
  assert.match(log, /ENOENT/);
  assert.equal(job.called, null);
});

test('a cancelled step has the program end, and waits for it', async (t) => {
  const job = new Job(t);
  const child = job.start('main.mjs', { 'binary-path': stub, files: 'a' }, { STUB_EXIT: 'wait' });
  let log = '';
  child.stdout.on('data', (d) => (log += d));
  await new Promise((done) => child.stderr.on('data', (d) => String(d).includes('waiting') && done()));
  child.kill('SIGINT');
  assert.equal(await new Promise((done) => child.on('close', done)), 85);
  assert.match(log, /exit code 85/);
});
