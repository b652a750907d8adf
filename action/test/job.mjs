// A step of a job: the runner's files, and the action in a process of its own.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const tlsFile = path.join(here, 'tls.pem');
export const stub = path.join(here, 'stub.mjs');
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

export class Job {
  constructor(t) {
    this.dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'gitsecrets-action-')));
    t.after(() => rmSync(this.dir, { recursive: true, force: true }));
    this.root = path.join(this.dir, 'action');
    mkdirSync(path.join(this.root, 'action'), { recursive: true });
    for (const name of ['main', 'post', 'flags', 'install', 'download', 'runner', 'versions']) {
      cpSync(path.join(here, '..', `${name}.mjs`), path.join(this.root, 'action', `${name}.mjs`));
    }
    this.call = path.join(this.dir, 'call.json');
    this.cache = path.join(this.dir, 'tool cache');
    this.env = { PATH: process.env.PATH, HOME: this.dir, STUB_CALL: this.call, RUNNER_TEMP: path.join(this.dir, 'temp'), RUNNER_TOOL_CACHE: this.cache, NODE_EXTRA_CA_CERTS: tlsFile };
    mkdirSync(this.env.RUNNER_TEMP);
    for (const name of ['OUTPUT', 'ENV', 'STATE', 'PATH']) {
      this.env[`GITHUB_${name}`] = path.join(this.dir, name);
      writeFileSync(path.join(this.dir, name), '');
    }
  }

  // pin has the action know one release, from url, of the program bytes.
  pin(url, bytes, more = {}) {
    const file = { name: 'gitsecrets_1.2.3', sha256: sha256(bytes), ...more };
    const release = { version: 'v1.2.3', url, files: { [`${process.platform}-${process.arch}`]: file } };
    writeFileSync(path.join(this.root, 'action', 'versions.mjs'), `export const versions = ${JSON.stringify([release])};\n`);
    return path.join(this.cache, 'gitsecrets', file.sha256, 'gitsecrets');
  }

  start(script, inputs = {}, env = {}) {
    const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    return spawn(process.execPath, [path.join(this.root, 'action', script)], { cwd: this.dir, env: { ...this.env, ...Object.fromEntries(given), ...env } });
  }

  async run(script, inputs, env) {
    const child = this.start(script, inputs, env);
    let log = '';
    child.stdout.on('data', (d) => (log += d));
    child.stderr.on('data', (d) => (log += d));
    const code = await new Promise((done) => child.on('close', done));
    return { code, log };
  }

  main(inputs, env) {
    return this.run('main.mjs', inputs, env);
  }

  post(env) {
    const state = Object.entries(this.file('STATE')).map(([name, value]) => [`STATE_${name}`, value]);
    return this.run('post.mjs', {}, { ...Object.fromEntries(state), ...env });
  }

  // file reads a file of the runner's as the runner does.
  file(name) {
    const text = readFileSync(path.join(this.dir, name), 'utf8');
    const values = {};
    const rest = text.replace(/^([^\n]*?)<<(.*)\n([^]*?)\n\2\n/gm, (_, key, __, value) => ((values[key] = value), ''));
    if (rest !== '') throw new Error(`${name} holds what the runner cannot read: ${rest}`);
    return values;
  }

  get path() {
    return readFileSync(path.join(this.dir, 'PATH'), 'utf8');
  }

  // called is how the stub was called last; null if it was not.
  get called() {
    return existsSync(this.call) ? JSON.parse(readFileSync(this.call, 'utf8')) : null;
  }
}

// serve answers https with handler for the time of a test.
export async function serve(t, handler) {
  const pem = readFileSync(tlsFile);
  const requests = [];
  const server = https.createServer({ key: pem, cert: pem }, (q, r) => (requests.push(q.url), handler(q, r)));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => (server.closeAllConnections(), server.close()));
  return { url: `https://127.0.0.1:${server.address().port}`, port: server.address().port, requests };
}
