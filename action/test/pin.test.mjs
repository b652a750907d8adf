// The table of digests is written from a release's file of sums.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

const names = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64', 'windows_amd64.exe', 'windows_arm64.exe'];
const digit = (i) => String(i).repeat(64);
const sums = (version) => names.map((n, i) => `${digit(i)}  gitsecrets_${version}_${n}\n${digit(9)}  gitsecrets_${version}_${n}.tar.gz\n`).join('');

function folder(t) {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitsecrets-pin-'));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const f of ['pin.mjs', 'versions.mjs']) copyFileSync(new URL(`../${f}`, import.meta.url), path.join(dir, f));
  writeFileSync(path.join(dir, 'package.json'), '{"type":"module"}');
  const table = path.join(dir, 'versions.mjs');
  return {
    pin(version, text) {
      writeFileSync(path.join(dir, 'SHA256SUMS'), text);
      return spawnSync(process.execPath, [path.join(dir, 'pin.mjs'), version, path.join(dir, 'SHA256SUMS')], { encoding: 'utf8' });
    },
    text: () => readFileSync(table, 'utf8'),
    versions: async (n) => (await import(`${pathToFileURL(table)}?${n}`)).versions,
  };
}

test('releases are added, the newest first', async (t) => {
  const f = folder(t);
  for (const v of ['1.2.3', '1.3.0']) assert.equal(f.pin(`v${v}`, sums(v)).stderr, '');
  const versions = await f.versions(1);
  assert.deepEqual(versions.map((v) => v.version), ['v1.3.0', 'v1.2.3']);
  assert.equal(versions[1].url, 'https://github.com/gitsecrets/gitsecrets/releases/download/v1.2.3');
  assert.equal(Object.keys(versions[0].files).length, names.length);
  assert.deepEqual(versions[0].files['linux-x64'], { name: 'gitsecrets_1.3.0_linux_amd64', sha256: digit(0) });
  assert.deepEqual(versions[0].files['win32-arm64'], { name: 'gitsecrets_1.3.0_windows_arm64.exe', sha256: digit(5) });
  assert.match(f.text(), /^\/\/ The releases/);
});

for (const [name, version, text, want] of [
  ['a platform that is missing', 'v1.2.3', sums('1.2.3').replace(/^.*windows_arm64.exe$/m, ''), /no digest of gitsecrets_1\.2\.3_windows_arm64\.exe/],
  ['another release', 'v1.2.4', sums('1.2.3'), /no digest of gitsecrets_1\.2\.4/],
  ['a digest that is cut', 'v1.2.3', sums('1.2.3').replace(digit(2), digit(2).slice(1)), /no digest of gitsecrets_1\.2\.3_darwin_amd64/],
  ['no version', 'latest', sums('1.2.3'), /must be written as v1\.2\.3/],
]) {
  test(`refused: ${name}`, (t) => {
    const f = folder(t);
    const before = f.text();
    const { status, stderr } = f.pin(version, text);
    assert.equal(status, 1);
    assert.match(stderr, want);
    assert.equal(f.text(), before);
  });
}

test('what was pinned is not replaced', (t) => {
  const f = folder(t);
  f.pin('v1.2.3', sums('1.2.3'));
  assert.match(f.pin('v1.2.3', sums('1.2.3')).stderr, /is there already/);
});
