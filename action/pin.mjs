// Adds a release to versions.mjs, for the commit that follows it:
//
//   node action/pin.mjs v1.2.3 SHA256SUMS
//
// SHA256SUMS is the release's own file. Compare it with what was built before
// you commit: from then on it is what the action trusts.
import { readFileSync, writeFileSync } from 'node:fs';
import { versions } from './versions.mjs';

const platforms = {
  'linux-x64': 'linux_amd64', 'linux-arm64': 'linux_arm64', 'darwin-x64': 'darwin_amd64',
  'darwin-arm64': 'darwin_arm64', 'win32-x64': 'windows_amd64.exe', 'win32-arm64': 'windows_arm64.exe',
};

function entry(version, sums) {
  if (!/^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error('the version must be written as v1.2.3');
  if (versions.some((v) => v.version === version)) throw new Error(`${version} is there already, and what was pinned once is not replaced`);
  const digests = new Map(sums.split('\n').flatMap((line) => {
    const [, sha256, name] = /^([0-9a-f]{64})[ ]{1,2}\*?(\S+)$/.exec(line.trim()) ?? [];
    return sha256 ? [[name, sha256]] : [];
  }));
  const files = {};
  for (const [platform, suffix] of Object.entries(platforms)) {
    const name = `gitsecrets_${version.slice(1)}_${suffix}`;
    const sha256 = digests.get(name);
    if (!sha256) throw new Error(`there is no digest of ${name}`);
    files[platform] = { name, sha256 };
  }
  return { version, url: `https://github.com/gitsecrets/gitsecrets/releases/download/${version}`, files };
}

try {
  const [version, sums] = process.argv.slice(2);
  if (!sums) throw new Error('usage: node action/pin.mjs v1.2.3 SHA256SUMS');
  const table = new URL('versions.mjs', import.meta.url);
  const all = JSON.stringify([entry(version, readFileSync(sums, 'utf8')), ...versions], null, 2);
  const text = readFileSync(table, 'utf8');
  const head = text.slice(0, text.indexOf('export const versions ='));
  writeFileSync(table, `${head}export const versions = ${all};\n`);
} catch (err) {
  console.error(`pin: ${err.message}`);
  process.exitCode = 1;
}
