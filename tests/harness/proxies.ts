// cspell:words maxconn addext fastcgi keyout scgi uwsgi
/** The examples of proxies in deploy/ with real nginx, Caddy and HAProxy from Debian's packages, in front of two gateways, with a certificate of their own. */
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { freePort } from '@chat/kit/process/free-port';
import { eventually } from '@chat/kit/testing/eventually';
import { REPOSITORY, TestProcess } from '@chat/kit/testing/test-process';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { Agent, fetch } from 'undici';

const run = promisify(execFile);

/** The public name in the examples, and in the certificate. */
export const HOST = 'chat.example.org';

export interface Proxy extends AsyncDisposable {
  /** Of TLS, on 127.0.0.1. */
  port: number;
}

interface Site {
  dir: string;
  /** Of TLS, on 127.0.0.1. */
  port: number;
  /** The addresses of the gateways, by those in the examples. */
  addresses: Record<string, string>;
  certificate: { cert: string; key: string };
}

interface Server {
  command: string;
  args: string[];
  env: Record<string, string>;
}

/** Replaces each text, and fails if one is missing, so that the tests run the documented file. */
function adapted(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`The example does not contain "${from}".`);
    return result.replaceAll(from, to);
  }, text);
}

async function nginx({ dir, port, addresses, certificate }: Site): Promise<Server> {
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'nginx',
    packages: ['nginx', 'nginx-light'], // the binary is in the one or the other
    program: 'usr/sbin/nginx',
  });
  const site = adapted(await readFile(join(REPOSITORY, 'deploy/nginx/chat.conf'), 'utf8'), {
    ...addresses,
    'listen 80;': `listen 127.0.0.1:${await freePort()};`,
    'listen 443 ssl http2;': `listen 127.0.0.1:${port} ssl http2;`,
    '/etc/ssl/chat/certificate.pem': certificate.cert,
    '/etc/ssl/chat/key.pem': certificate.key,
  });
  const home = join(dir, 'nginx');
  await mkdir(home);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${home}/${name};`,
  );
  const main = `daemon off; pid ${home}/nginx.pid; error_log stderr warn; worker_processes 2;
events { worker_connections 512; }
http { access_log off; ${temporary.join(' ')}
${site} }`;
  await writeFile(join(home, 'nginx.conf'), main);
  const args = ['-p', home, '-c', join(home, 'nginx.conf'), '-e', 'stderr'];
  return { command: join(root, 'usr/sbin/nginx'), args, env: { LD_LIBRARY_PATH: libraryPath } };
}

async function caddy({ dir, port, addresses, certificate }: Site): Promise<Server> {
  const { root } = await fetchDebianPackages({ name: 'caddy', packages: ['caddy'], program: 'usr/bin/caddy' });
  const site = adapted(await readFile(join(REPOSITORY, 'deploy/caddy/Caddyfile'), 'utf8'), {
    ...addresses,
    'chat.example.org {': `{\n\tadmin off\n\tauto_https disable_redirects\n}\n\nhttps://${HOST}:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate.cert} ${certificate.key}`,
  });
  const file = join(dir, 'Caddyfile');
  await writeFile(file, site);
  const args = ['run', '--adapter', 'caddyfile', '--config', file];
  return { command: join(root, 'usr/bin/caddy'), args, env: { HOME: dir, XDG_DATA_HOME: dir } };
}

async function haproxy({ dir, port, addresses, certificate }: Site): Promise<Server> {
  const { root, libraryPath } = await fetchDebianPackages({
    name: 'haproxy',
    packages: ['haproxy'],
    program: 'usr/sbin/haproxy',
  });
  const pem = join(dir, 'haproxy.pem');
  await writeFile(pem, `${await readFile(certificate.cert, 'utf8')}${await readFile(certificate.key, 'utf8')}`);
  const site = adapted(await readFile(join(REPOSITORY, 'deploy/haproxy/haproxy.cfg'), 'utf8'), {
    ...addresses,
    'maxconn 20000': 'maxconn 2000', // within the limits of an ordinary user
    'bind :80': `bind 127.0.0.1:${await freePort()}`,
    'bind :443': `bind 127.0.0.1:${port}`,
    '/etc/ssl/chat/chat.pem': pem,
  });
  const file = join(dir, 'haproxy.cfg');
  await writeFile(file, site);
  return {
    command: join(root, 'usr/sbin/haproxy'),
    args: ['-db', '-f', file],
    env: { LD_LIBRARY_PATH: libraryPath },
  };
}

const SERVERS = { nginx, Caddy: caddy, HAProxy: haproxy };
export type ProxyName = keyof typeof SERVERS;
export const PROXIES = Object.keys(SERVERS) as ProxyName[];

/** Starts it in front of the two gateways, and waits until it answers. @param given a port for TLS; by default a free one */
export async function startProxy(
  name: ProxyName,
  [first, second]: readonly [string, string],
  given?: number,
): Promise<Proxy> {
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-proxy-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const certificate = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  const files = ['-keyout', certificate.key, '-out', certificate.cert];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files]);
  const addresses = { '127.0.0.1:4000': new URL(first).host, '127.0.0.1:4010': new URL(second).host };
  const port = given ?? (await freePort());
  const { command, args, env } = await SERVERS[name]({ dir, port, addresses, certificate });
  const proxy = parts.use(new TestProcess({ command, flags: [], args, env, cwd: dir }));
  const agent = agentFor(port);
  parts.defer(() => agent.destroy());
  const isUp = () =>
    Promise.race([
      fetch(`https://${HOST}/health`, { dispatcher: agent }).then(
        ({ status }) => status === 200,
        () => false,
      ),
      proxy.exited.then(() => {
        throw new Error(`The proxy ended:\n${proxy.output}`);
      }),
    ]);
  await eventually(isUp, 'a response through the proxy');
  const running = parts.move();
  return { port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Connections to the proxy under its public name. */
export const agentFor = (port: number) =>
  new Agent({
    connections: 8,
    connect: (options, callback) => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        servername: options.servername ?? HOST,
        rejectUnauthorized: false,
      });
      socket.once('secureConnect', () => callback(null, socket)).once('error', (error) => callback(error, null));
    },
  });
