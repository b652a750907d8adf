// Downloads by HTTPS alone, through the proxy that the environment names. Nothing
// secret is sent, and the caller checks a digest: redirects may lead to any host.
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import tls from 'node:tls';

const maxRedirects = 5;
const idle = 30_000; // milliseconds
const whole = 300_000;

// download returns the bytes of a file, at most limit of them. What may pass is
// tried three times.
export async function download(url, { limit, env, attempts = 3, pause = 1000 }) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await follow(new URL(url), { limit, env, signal: AbortSignal.timeout(whole) });
    } catch (err) {
      if (err.final || attempt >= attempts) throw err;
      await new Promise((done) => setTimeout(done, pause * attempt * (0.5 + Math.random())));
    }
  }
}

const final = (message) => Object.assign(new Error(message), { final: true });
// The query of a redirect may be a signature.
const shown = (url) => url.origin + url.pathname;

async function follow(url, options) {
  for (let hops = 0; hops <= maxRedirects; hops++) {
    if (url.protocol !== 'https:') throw final(`${shown(url)}: only https is downloaded from`);
    if (url.username || url.password) throw final('a URL to download from must not hold credentials');
    const answer = await request(url, options);
    if ([301, 302, 303, 307, 308].includes(answer.statusCode) && answer.headers.location) {
      answer.destroy();
      url = new URL(answer.headers.location, url);
      continue;
    }
    if (answer.statusCode !== 200) {
      answer.destroy();
      const err = new Error(`download ${shown(url)}: HTTP status ${answer.statusCode}`);
      err.final = answer.statusCode < 500 && answer.statusCode !== 429;
      throw err;
    }
    return body(answer, url, options.limit);
  }
  throw final(`${shown(url)}: more than ${maxRedirects} redirects`);
}

async function body(answer, url, limit) {
  const parts = [];
  let size = 0;
  try {
    for await (const part of answer) {
      size += part.length;
      if (size > limit) throw final(`${shown(url)}: larger than ${limit} bytes`);
      parts.push(part);
    }
  } catch (err) {
    if (err.final) throw err;
    throw new Error(`download ${shown(url)}: ${err.message}`);
  }
  if (!answer.complete) throw new Error(`download ${shown(url)}: the answer was cut off`);
  return Buffer.concat(parts);
}

async function request(url, { env, signal }) {
  const proxy = proxyFor(url, env);
  const socket = proxy && (await tunnel(proxy, url, signal));
  return new Promise((done, fail) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const options = { signal, timeout: idle, headers: { 'user-agent': 'gitsecrets-action' } };
    if (socket) options.createConnection = () => tls.connect({ socket, host, ...(isIP(host) ? {} : { servername: host }) });
    else options.agent = false; // one connection, closed after the answer; with an agent createConnection is not asked
    const asked = https.get(url, options, done);
    asked.on('timeout', () => asked.destroy(new Error('no answer for 30 seconds')));
    asked.on('error', (err) => fail(new Error(`download ${shown(url)}: ${err.message}`)));
  });
}

// tunnel has a proxy connect to the host of url.
function tunnel(proxy, url, signal) {
  return new Promise((done, fail) => {
    const port = url.port || '443';
    const target = `${url.hostname}:${port}`;
    const headers = { host: target };
    if (proxy.username) {
      const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
      headers['proxy-authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
    }
    const client = proxy.protocol === 'https:' ? https : http;
    const host = proxy.hostname.replace(/^\[|\]$/g, '');
    const asked = client.request({ host, port: proxy.port || undefined, method: 'CONNECT', path: target, headers, agent: false, timeout: idle, signal });
    asked.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) return done(socket);
      socket.destroy();
      fail(new Error(`the proxy ${proxy.host} refuses to connect to ${target}: HTTP status ${answer.statusCode}`));
    });
    asked.on('response', (answer) => {
      answer.destroy();
      fail(new Error(`the proxy ${proxy.host} does not connect to ${target}: HTTP status ${answer.statusCode}`));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer for 30 seconds')));
    asked.on('error', (err) => fail(new Error(`the proxy ${proxy.host}: ${err.message}`)));
    asked.end();
  });
}

// proxyFor reads HTTPS_PROXY and NO_PROXY as Go and curl do: hosts, domains with
// or without a dot before, and a port behind.
export function proxyFor(url, env) {
  const text = env.https_proxy || env.HTTPS_PROXY;
  if (!text) return null;
  const host = url.hostname.toLowerCase();
  for (const entry of (env.no_proxy || env.NO_PROXY || '').toLowerCase().split(/[\s,]+/)) {
    if (entry === '') continue;
    if (entry === '*') return null;
    const [, name, port] = /^(.*?)(?::(\d+))?$/.exec(entry);
    if (port && port !== (url.port || '443')) continue;
    const domain = name.replace(/^\*?\./, '');
    if (host === domain || (!isIP(host) && host.endsWith(`.${domain}`))) return null;
  }
  const proxy = parse(text.includes('://') ? text : `http://${text}`);
  if (!proxy || !['http:', 'https:'].includes(proxy.protocol)) throw final('HTTPS_PROXY must be the URL of an http or https proxy');
  return proxy;
}

function parse(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
