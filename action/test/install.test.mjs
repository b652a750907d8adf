// Only a program whose digest the action carries becomes executable.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { proxyFor } from '../download.mjs';
import { Job, serve, sha256, stub } from './job.mjs';

const program = readFileSync(stub);
const send = (bytes) => (q, r) => r.end(bytes);
// all files in the tool cache
const cached = (job) => (existsSync(job.cache) ? readdirSync(job.cache, { recursive: true }).filter((f) => statSync(path.join(job.cache, f)).isFile()) : []);

test('a release is downloaded, checked, and kept by its digest', async (t) => {
  const job = new Job(t);
  const server = await serve(t, send(program));
  const installed = job.pin(server.url + '/v1.2.3', program);
  let { code, log } = await job.main({ files: '' });
  assert.equal(code, 0, log);
  assert.equal(job.path, path.dirname(installed) + '\n');
  assert.equal(statSync(installed).mode & 0o777, 0o755);
  assert.deepEqual(server.requests, ['/v1.2.3/gitsecrets_1.2.3']);
  ({ code, log } = await job.main({ version: 'v1.2.3' }));
  assert.equal(code, 0, log);
  assert.equal(server.requests.length, 1); // from the tool cache
  assert.deepEqual(cached(job).length, 1);
});

test('a program with another digest never becomes executable', async (t) => {
  const job = new Job(t);
  const server = await serve(t, send('#!/bin/sh\necho evil\n'));
  job.pin(server.url, program);
  const { code, log } = await job.main({ files: 'a' });
  assert.equal(code, 1);
  assert.match(log, new RegExp(`its SHA-256 is [0-9a-f]{64}, not ${sha256(program)}`));
  assert.equal(server.requests.length, 1);
  assert.deepEqual(cached(job), []);
  assert.equal(job.path, '');
  assert.equal(job.called, null);
});

test('what lies in the tool cache is checked again', async (t) => {
  const job = new Job(t);
  const server = await serve(t, send(program));
  const installed = job.pin(server.url, program);
  mkdirSync(path.dirname(installed), { recursive: true });
  writeFileSync(installed, '#!/bin/sh\necho evil\n', { mode: 0o755 });
  const { code, log } = await job.main({ files: 'a' });
  assert.equal(code, 1);
  assert.match(log, /is not what was put into the tool cache/);
  assert.doesNotMatch(log, /^evil/m);
  assert.equal(server.requests.length, 0);
});

test('a mirror is held to the same digest', async (t) => {
  const job = new Job(t);
  const server = await serve(t, (q, r) => r.end(q.url.startsWith('/good/') ? program : 'evil'));
  job.pin('https://releases.invalid/v1.2.3', program);
  assert.equal((await job.main({ 'download-base-url': server.url + '/bad/' })).code, 1);
  assert.deepEqual(cached(job), []);
  const { code, log } = await job.main({ 'download-base-url': server.url + '/good/' });
  assert.equal(code, 0, log);
});

test('redirects are followed to https alone, without showing signatures', async (t) => {
  const plain = http.createServer(send(program)).listen(0, '127.0.0.1');
  t.after(() => plain.close());
  await new Promise((done) => plain.once('listening', done));
  for (const [location, want] of [
    ['/moved?sig=SECRET', null],
    [`http://127.0.0.1:${plain.address().port}/x?sig=SECRET`, /only https is downloaded from/],
    ['file:///etc/passwd', /only https is downloaded from/],
    ['https://user:pass@127.0.0.1/', /must not hold credentials/],
    ['/loop/?sig=SECRET', /more than 5 redirects/],
    ['/gone?sig=SECRET', /HTTP status 404/],
  ]) {
    const job = new Job(t);
    const server = await serve(t, (q, r) => {
      if (q.url.startsWith('/moved')) return r.end(program);
      if (q.url.startsWith('/gone')) return r.writeHead(404).end();
      r.writeHead(302, { location }).end();
    });
    job.pin(server.url, program);
    const { code, log } = await job.main({});
    assert.equal(code, want ? 1 : 0, `${location}: ${log}`);
    if (want) assert.match(log, want);
    assert.doesNotMatch(log, /SECRET|pass@/);
  }
});

test('http is refused before anything is sent', async (t) => {
  const job = new Job(t);
  job.pin('http://127.0.0.1:1', program);
  const { code, log } = await job.main({});
  assert.equal(code, 1);
  assert.match(log, /only https/);
});

test('what may pass is tried again, what will not pass is not', async (t) => {
  const job = new Job(t);
  let count = 0;
  const server = await serve(t, (q, r) => (++count < 3 ? (count === 1 ? r.writeHead(503).end() : q.socket.destroy()) : r.end(program)));
  job.pin(server.url, program);
  assert.equal((await job.main({})).code, 0);
  assert.equal(server.requests.length, 3);
  const other = new Job(t);
  const gone = await serve(t, (q, r) => r.writeHead(404).end());
  other.pin(gone.url, program);
  assert.equal((await other.main({})).code, 1);
  assert.equal(gone.requests.length, 1);
});

test('an answer that is cut off, or too large, is none', async (t) => {
  for (const [handler, want] of [
    [(q, r) => (r.writeHead(200, { 'content-length': 1000000 }), r.write('x'), setTimeout(() => q.socket.destroy(), 20)), /download /],
    [(q, r) => {
      const part = Buffer.alloc(1 << 20);
      const more = () => { while (!r.destroyed && r.write(part)); };
      r.on('drain', more);
      more();
    }, /larger than 134217728 bytes/],
  ]) {
    const job = new Job(t);
    const server = await serve(t, handler);
    job.pin(server.url, program);
    const { code, log } = await job.main({});
    assert.equal(code, 1);
    assert.match(log, want);
    assert.deepEqual(cached(job), []);
  }
});

test('a certificate that nobody vouches for is refused', async (t) => {
  const job = new Job(t);
  const server = await serve(t, send(program));
  job.pin(server.url, program);
  const { code, log } = await job.main({}, { NODE_EXTRA_CA_CERTS: '' });
  assert.equal(code, 1);
  assert.match(log, /self-signed certificate/);
  assert.equal(server.requests.length, 0);
});

test('the proxy of the environment is used, with its login, unless NO_PROXY has the host', async (t) => {
  const job = new Job(t);
  const server = await serve(t, send(program));
  const asked = [];
  const proxy = http.createServer((q, r) => r.writeHead(500).end()).on('connect', (q, socket) => {
    asked.push([q.url, q.headers['proxy-authorization']]);
    if (asked.length > 1) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const out = net.connect(server.port, '127.0.0.1', () => (socket.write('HTTP/1.1 200 OK\r\n\r\n'), socket.pipe(out).pipe(socket)));
    socket.on('error', () => out.destroy());
    out.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await new Promise((done) => proxy.once('listening', done));
  t.after(() => (proxy.closeAllConnections(), proxy.close()));
  const env = { HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.address().port}` };

  job.pin(`https://releases.example:${server.port}`, program); // a name that only the proxy can resolve
  const { code, log } = await job.main({}, env);
  assert.equal(code, 0, log);
  assert.deepEqual(asked, [[`releases.example:${server.port}`, `Basic ${Buffer.from('me:p@ss').toString('base64')}`]]);

  const refused = new Job(t);
  refused.pin(`https://releases.example:${server.port}`, program);
  const second = await refused.main({}, env);
  assert.equal(second.code, 1);
  assert.match(second.log, /refuses to connect to releases.example:\d+: HTTP status 407/);
  assert.doesNotMatch(second.log, /p@ss|p%40ss/);

  const direct = new Job(t);
  direct.pin(server.url, program);
  assert.equal((await direct.main({}, { ...env, NO_PROXY: 'example.org,127.0.0.1' })).code, 0);
});

test('NO_PROXY', () => {
  for (const [no, host, direct] of [
    ['example.org', 'example.org', true], ['example.org', 'a.example.org', true], ['.example.org', 'a.example.org', true], ['*.example.org', 'a.example.org', true],
    ['example.org', 'badexample.org', false], ['example.org:8443', 'example.org', false], ['example.org:443', 'example.org', true], ['*', 'x', true],
    ['', 'x', false], ['EXAMPLE.org , x', 'example.ORG', true], ['127.0.0.1', '127.0.0.1', true], ['0.1', '127.0.0.1', false], ['.', 'x', false],
  ]) {
    assert.equal(proxyFor(new URL(`https://${host}/`), { HTTPS_PROXY: 'http://p:1', NO_PROXY: no }) === null, direct, `${no} ${host}`);
  }
  assert.equal(proxyFor(new URL('https://x/'), { https_proxy: 'p:3128' }).host, 'p:3128');
  assert.throws(() => proxyFor(new URL('https://x/'), { https_proxy: 'socks5://p' }), /HTTPS_PROXY/);
});

// fakeProgram puts a shell script before all else in PATH.
function fakeProgram(job, name, script) {
  const bin = path.join(job.dir, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(bin, name), 0o755);
  return `${bin}:${job.env.PATH}`;
}

test('verify-attestation asks gh, and fails closed', async (t) => {
  const job = new Job(t);
  const server = await serve(t, send(program));
  const installed = job.pin(server.url, program);
  const inputs = { 'verify-attestation': 'true' };
  let { code, log } = await job.main(inputs, { PATH: path.join(job.dir, 'empty') });
  assert.equal(code, 1);
  assert.match(log, /gh is not installed/);
  ({ code, log } = await job.main(inputs, { PATH: fakeProgram(job, 'gh', 'exit 1') }));
  assert.equal(code, 1);
  assert.match(log, /gh found no attestation/);
  ({ code, log } = await job.main(inputs, { PATH: fakeProgram(job, 'gh', 'echo "$@"') }));
  assert.equal(code, 0, log);
  assert.match(log, new RegExp(`attestation verify ${installed} --repo gitsecrets/gitsecrets --signer-workflow gitsecrets/gitsecrets/.github/workflows/release.yml`));
});

// As long as there is no release, the program is built.
function source(job, text = 'one') {
  const tree = path.join(job.root, 'cmd', 'gitsecrets');
  mkdirSync(tree, { recursive: true });
  writeFileSync(path.join(tree, 'main.go'), text);
}
const go = `echo "built, GOFLAGS=$GOFLAGS token=$ACTIONS_ID_TOKEN_REQUEST_TOKEN" >&2
while [ "$1" != -o ]; do shift; done; cp "$STUB" "$2"; chmod 755 "$2"`;

test('without a release the program is built from the action itself, once for each state of its source', async (t) => {
  const job = new Job(t);
  source(job);
  const env = { PATH: fakeProgram(job, 'go', go), STUB: stub, GOFLAGS: '-mod=mod', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret' };
  let { code, log } = await job.main({}, env);
  assert.equal(code, 0, log);
  assert.match(log, /^built, GOFLAGS= token=\n$/);
  ({ code, log } = await job.main({}, env));
  assert.deepEqual([code, log], [0, '']);
  source(job, 'two');
  ({ code, log } = await job.main({}, env));
  assert.match(log, /^built/);
  assert.equal(cached(job).length, 4); // two programs, two digests

  for (const f of cached(job).filter((f) => f.endsWith('gitsecrets'))) writeFileSync(path.join(job.cache, f), '#!/bin/sh\necho evil\n');
  ({ code, log } = await job.main({ files: 'a' }, env));
  assert.equal(code, 1);
  assert.match(log, /is not what was put into the tool cache/);
});

test('without Go, and when it does not build, there is one sentence', async (t) => {
  const job = new Job(t);
  source(job);
  let { code, log } = await job.main({}, { PATH: path.join(job.dir, 'empty') });
  assert.equal(code, 1);
  assert.match(log, /^::error title=gitsecrets::there is no release .* run actions\/setup-go before this step, or set binary-path\n$/);
  ({ code, log } = await job.main({}, { PATH: fakeProgram(job, 'go', 'exit 2') }));
  assert.equal(code, 1);
  assert.match(log, /go build ended with exit code 2/);
  ({ code, log } = await job.main({ 'verify-attestation': 'true' }, { PATH: fakeProgram(job, 'go', go) }));
  assert.equal(code, 1);
  assert.match(log, /no attestation of a program that is built here/);
});
