// Gets the program: the one that binary-path names, a release whose digest
// versions.mjs has, or, as long as there is none, one built from the action's own
// checkout.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { download } from './download.mjs';
import { bool, childEnv, input } from './runner.mjs';

const maxProgram = 128 << 20; // bytes
const repository = 'gitsecrets/gitsecrets';
const exe = process.platform === 'win32' ? 'gitsecrets.exe' : 'gitsecrets';
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

// install returns the program's path.
export async function install(env, versions, root) {
  const version = input(env, 'version');
  const given = input(env, 'binary-path');
  const attest = bool(env, 'verify-attestation');
  if (version === 'latest') throw new Error('version: latest is refused, since nobody can have checked it: leave version out for the newest release that this action knows the digest of');
  if (given) {
    if (version) throw new Error('version and binary-path exclude each other');
    const program = path.resolve(given);
    if (!statSync(program, { throwIfNoEntry: false })?.isFile()) throw new Error(`binary-path: ${program} is no file`);
    if (attest) await verifyAttestation(program, env);
    return program;
  }
  const release = version ? versions.find((v) => v.version === version) : versions[0];
  if (!release) {
    if (version) throw new Error(`version: this action knows no digest of ${version}; it knows ${versions.map((v) => v.version).join(', ') || 'no release yet'}`);
    if (attest) throw new Error('verify-attestation: there is no attestation of a program that is built here');
    return build(env, root);
  }
  const program = await fetchRelease(env, release);
  if (attest) await verifyAttestation(program, env);
  return program;
}

function cacheFolder(env, ...names) {
  return path.join(env.RUNNER_TOOL_CACHE || env.RUNNER_TEMP || tmpdir(), 'gitsecrets', ...names);
}

async function fetchRelease(env, release) {
  const platform = `${process.platform}-${process.arch}`;
  const file = release.files[platform];
  if (!file) throw new Error(`there is no gitsecrets ${release.version} for ${platform}`);
  const program = path.join(cacheFolder(env, file.sha256), exe);
  const cached = readProgram(program);
  if (cached) {
    if (digest(cached) !== file.sha256) throw poisoned(program);
    chmodSync(program, 0o755);
    return program;
  }
  const base = (input(env, 'download-base-url') || release.url).replace(/\/+$/, '');
  const bytes = await download(`${base}/${file.name}`, { limit: maxProgram, env });
  if (digest(bytes) !== file.sha256) {
    throw new Error(`what ${new URL(base).host} sent as ${file.name} is not gitsecrets ${release.version}: its SHA-256 is ${digest(bytes)}, not ${file.sha256}`);
  }
  return place(program, bytes);
}

const poisoned = (program) => new Error(`${program} is not what was put into the tool cache: remove it, and find out who changed it`);

function readProgram(program) {
  if (!statSync(program, { throwIfNoEntry: false })) return null;
  return readFileSync(program);
}

// place writes a program whose digest was checked; others see all of it or
// nothing.
function place(program, bytes) {
  mkdirSync(path.dirname(program), { recursive: true, mode: 0o755 });
  const temporary = `${program}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o600 });
    chmodSync(temporary, 0o755);
    renameSync(temporary, program);
  } finally {
    rmSync(temporary, { force: true });
  }
  return program;
}

// build makes the program with Go. It is kept by the digest of its source, with
// its own digest beside it.
async function build(env, root) {
  const folder = cacheFolder(env, `source-${sourceDigest(root)}`);
  const program = path.join(folder, exe);
  const cached = readProgram(program);
  if (cached) {
    if (readProgram(`${program}.sha256`)?.toString() !== digest(cached)) throw poisoned(program);
    return program;
  }
  const built = path.join(folder, `${randomBytes(8).toString('hex')}-${exe}`);
  mkdirSync(folder, { recursive: true });
  try {
    const revision = (env.GITHUB_ACTION_REF || 'source').replace(/[^\w.-]/g, '-');
    const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-tags', 'urfave_cli_no_docs', '-ldflags', `-s -w -X main.version=${revision}`, '-o', built, './cmd/gitsecrets'];
    const code = await run('go', args, { cwd: root, env: buildEnv(env) });
    if (code === null) throw new Error('there is no release of gitsecrets yet that this action could download, and no Go to build it with: run actions/setup-go before this step, or set binary-path');
    if (code !== 0) throw new Error(`gitsecrets cannot be built: go build ended with exit code ${code}`);
    const bytes = readFileSync(built);
    writeFileSync(`${program}.sha256`, digest(bytes));
    return place(program, bytes);
  } finally {
    rmSync(built, { force: true });
  }
}

// buildEnv is without what would change the build, and without the job's
// identity, which building does not need.
function buildEnv(env) {
  const left = Object.entries(childEnv(env)).filter(([name]) => !name.startsWith('ACTIONS_'));
  return { ...Object.fromEntries(left), CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
}

// sourceDigest is over the names and contents of all that the program is built
// from, and some more.
function sourceDigest(root) {
  const sum = createHash('sha256');
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((e) => e.isFile()).map((e) => path.relative(root, path.join(e.parentPath ?? e.path, e.name)));
  for (const name of files.sort()) {
    const parts = name.split(path.sep);
    if (parts.some((p) => p.startsWith('.') || ['node_modules', 'testdata', 'docs', 'action'].includes(p)) || name.endsWith('_test.go') || parts[0] === 'bin') continue;
    sum.update(`${parts.join('/')}\0${digest(readFileSync(path.join(root, name)))}\n`);
  }
  return sum.digest('hex');
}

async function verifyAttestation(program, env) {
  const args = ['attestation', 'verify', program, '--repo', repository, '--signer-workflow', `${repository}/.github/workflows/release.yml`];
  const code = await run('gh', args, { env: childEnv(env) });
  if (code === null) throw new Error('verify-attestation: gh is not installed');
  if (code !== 0) throw new Error('verify-attestation: gh found no attestation that this project built the program');
}

// run returns a program's exit code, null if there is no such program. What it
// says goes to the log.
function run(program, args, options) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
    child.on('error', (err) => (err.code === 'ENOENT' ? done(null) : fail(err)));
    child.on('close', (code, signal) => done(code ?? signal));
  });
}
