// The step after the job never fails it.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Job, stub } from './job.mjs';

test('what the step left is removed', async (t) => {
  const job = new Job(t);
  assert.equal((await job.main({ 'binary-path': stub, files: 'a' })).code, 0);
  const { code, log } = await job.post();
  assert.equal(code, 0, log);
  assert.deepEqual(job.called.args, ['ci', 'cleanup']);
  assert.equal(job.called.env.GITHUB_ENV, job.env.GITHUB_ENV);
  assert.equal(job.called.env.STATE_program, undefined);
});

test('after a step that failed half-way too', async (t) => {
  const job = new Job(t);
  assert.equal((await job.main({ 'binary-path': stub, files: 'a' }, { STUB_EXIT: '13' })).code, 13);
  await job.post();
  assert.deepEqual(job.called.args, ['ci', 'cleanup']);
});

test('after a step that failed before it had a program, there is nothing to remove', async (t) => {
  const job = new Job(t);
  assert.equal((await job.main({ 'binary-path': '/nothing', files: 'a' })).code, 1);
  const { code, log } = await job.post();
  assert.deepEqual([code, log], [0, '']);
});

test('a program that fails, or is gone, is a warning', async (t) => {
  const job = new Job(t);
  const program = path.join(job.dir, 'gitsecrets.mjs');
  copyFileSync(stub, program);
  chmodSync(program, 0o755);
  assert.equal((await job.main({ 'binary-path': program, files: 'a' })).code, 0);
  let { code, log } = await job.post({ STUB_EXIT: '3' });
  assert.equal(code, 0);
  assert.match(log, /::warning title=gitsecrets::the plaintext of this job may not all be removed: exit code \d+\n/);
  rmSync(program);
  ({ code, log } = await job.post());
  assert.equal(code, 0);
  assert.match(log, /::warning title=gitsecrets::.*cannot be run: ENOENT\n/);
});

for (const [name, inputs, env, cleaned] of [
  ['cleanup: false', { cleanup: 'False' }, {}, false],
  ['the variable', {}, { GITSECRETS_SKIP_CLEANUP_STEP: 'true' }, false],
  ['the variable, false', { cleanup: 'TRUE' }, { GITSECRETS_SKIP_CLEANUP_STEP: 'false' }, true],
]) {
  test(`left as it is, or not: ${name}`, async (t) => {
    const job = new Job(t);
    assert.equal((await job.main({ 'binary-path': stub, ...inputs })).code, 0);
    const { code } = await job.post(env);
    assert.equal(code, 0);
    assert.equal(job.called !== null, cleaned);
  });
}

test('a variable that is no boolean does not keep plaintext', async (t) => {
  const job = new Job(t);
  assert.equal((await job.main({ 'binary-path': stub })).code, 0);
  const { code, log } = await job.post({ GITSECRETS_SKIP_CLEANUP_STEP: 'no' });
  assert.equal(code, 0);
  assert.match(log, /::warning /);
  assert.notEqual(job.called, null);
});
