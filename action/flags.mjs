// What the inputs ask of the program, as its arguments.
import { bool, input, lines, oneOf } from './runner.mjs';

// Inputs that are flags of the program: as they are, under another name, as one
// flag for each line, and as switches.
const sameFlags = [
  'aws-region', 'role-to-assume', 'audience', 'role-session-name', 'role-duration-seconds', 'role-external-id', 'inline-session-policy',
  'allowed-account-ids', 'key', 'kms', 'gcp-kms', 'azure-kv', 'hc-vault-transit', 'vault-addr', 'vault-role', 'vault-auth-mount', 'vault-namespace',
  'vault-ca-cert', 'workload-identity-provider', 'service-account', 'tenant-id', 'client-id', 'retry-max-attempts', 'mask', 'audit-log',
];
const otherFlags = { 'web-identity-token-file': 'token-file', 'action-timeout-s': 'timeout', 'on-missing-identity': 'if-no-identity' };
const listFlags = ['role-chain'];
const switches = { 'trust-file-keys': 'trust-file-keys', 'allow-untrusted-checkout': 'allow-untrusted-checkout', 'role-chaining': 'use-ambient' };

// commandLine turns the inputs into the program's arguments; null if there is
// nothing to open. Values follow a "=", so that none is taken for a flag.
export function commandLine(env) {
  const exported = oneOf(env, 'export', ['none', 'env', 'output']);
  oneOf(env, 'on-missing-identity', ['fail', 'skip']);
  const flags = ['--json'];
  const add = (flag, value) => value !== '' && flags.push(`--${flag}=${value}`);
  for (const name of sameFlags) add(name, input(env, name));
  for (const [name, flag] of Object.entries(otherFlags)) add(flag, input(env, name));
  for (const name of listFlags) for (const line of lines(input(env, name))) add(name, line);
  for (const [name, flag] of Object.entries(switches)) if (bool(env, name)) flags.push(`--${flag}`);
  const files = lines(input(env, 'files'));
  if (exported === 'none') {
    for (const name of ['env-prefix', 'allow-env']) if (input(env, name)) throw new Error(`${name} is for values that are exported: set export`);
    add('out-dir', input(env, 'output-dir'));
    return files.length === 0 ? null : ['ci', 'decrypt', ...flags, '--', ...files];
  }
  if (files.length === 0) throw new Error(`export: ${exported} needs files`);
  if (input(env, 'output-dir')) throw new Error(`export: ${exported} writes no files: leave output-dir out`);
  add('env-prefix', input(env, 'env-prefix'));
  for (const name of lines(input(env, 'allow-env'))) add('allow-env', name);
  for (const file of files) add('file', file);
  return ['ci', 'export', ...flags, `--format=github-${exported}`];
}
