#!/usr/bin/env node
// Stands in for gitsecrets: notes how it was called, and does as it is told.
import { writeFileSync } from 'node:fs';
const { STUB_CALL, STUB_SAYS = '', STUB_EXIT = '0' } = process.env;
const answer = { files: ['/private/a.yaml', 'C:\\private\\b c.yaml'], output_dir: '/private', expiration: '2026-01-31T12:00:00Z', identity_subject: 'repo:o/r:ref:refs/heads/main', skipped: false };
const { STUB_ANSWER = JSON.stringify(answer) } = process.env;
if (STUB_CALL) writeFileSync(STUB_CALL, JSON.stringify({ args: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
process.stderr.write(STUB_SAYS);
if (STUB_EXIT === 'wait') {
  process.on('SIGINT', () => process.exit(85));
  process.stderr.write('waiting\n');
  setInterval(() => {}, 1000);
} else {
  process.stdout.write(STUB_ANSWER);
  process.exitCode = Number(STUB_EXIT);
}
