// What an action and its runner say to each other: inputs in variables, commands
// on stdout, outputs and state in files.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
import { randomBytes } from 'node:crypto';
import { appendFileSync, constants } from 'node:fs';

export function input(env, name) {
  return (env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim();
}

// A Windows path may hold blanks and commas: lists are separated by lines.
export function lines(text) {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
}

// Booleans are those of YAML 1.2's core schema: with "yes" meaning no, a switch
// of security would be off unnoticed.
export function bool(env, name) {
  const text = input(env, name);
  if (['true', 'True', 'TRUE'].includes(text)) return true;
  if (['', 'false', 'False', 'FALSE'].includes(text)) return false;
  throw new Error(`input ${name} must be true, True, TRUE, false, False or FALSE (the booleans of YAML 1.2)`);
}

export function oneOf(env, name, allowed) {
  const text = input(env, name) || allowed[0];
  if (!allowed.includes(text)) throw new Error(`input ${name} must be one of: ${allowed.join(', ')}`);
  return text;
}

const escape = (text) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const command = (kind) => (message) => process.stdout.write(`::${kind} title=gitsecrets::${escape(String(message))}\n`);
export const error = command('error');
export const warning = command('warning');

// append never creates the file: if it is missing, nobody reads it.
function append(env, variable, text) {
  if (!env[variable]) throw new Error(`${variable} is not set: this is not a step of GitHub Actions`);
  appendFileSync(env[variable], text, { flag: constants.O_APPEND | constants.O_WRONLY });
}

function pair(name, value) {
  const end = `ghadelimiter_${randomBytes(16).toString('hex')}`;
  return `${name}<<${end}\n${value}\n${end}\n`;
}

export const setOutput = (env, name, value) => append(env, 'GITHUB_OUTPUT', pair(name, value));
export const saveState = (env, name, value) => append(env, 'GITHUB_STATE', pair(name, value));
export const state = (env, name) => env[`STATE_${name}`] ?? '';

export function addPath(env, dir) {
  if (/[\r\n]/.test(dir)) throw new Error('the folder of the program has a line break in its name');
  append(env, 'GITHUB_PATH', `${dir}\n`);
}

// What a program is to see: the step's variables, without the action's inputs.
export function childEnv(env, more = {}) {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('INPUT_') && !name.startsWith('STATE_'));
  return { ...Object.fromEntries(own), ...more };
}
