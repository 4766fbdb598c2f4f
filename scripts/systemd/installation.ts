/** An installation by the steps of docs/operations/systemd.md on a machine of its own, with the units of deploy/systemd/ as they are. */
import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SUBGRAPH_NAMES } from '../subgraphs';
import type { Machine } from './machine';

export const ADMIN_PASSWORD = 'violet tractor gymnast';
export const GATEWAY_PORT = 4000;

const PORTS: Record<string, number> = {
  identity: 4001,
  messaging: 4002,
  files: 4003,
  rooms: 4004,
  knowledge: 4005,
  plugins: 4006,
};
const ROUTES = ['/api/v1/hooks=messaging', '/api/v1/files=files', '/api/v1/rooms=rooms', '/api/v1/plugins=plugins'];

export const SERVICES = [...SUBGRAPH_NAMES.map((name) => `chat-subgraph@${name}`), `chat-gateway@${GATEWAY_PORT}`];
export const UNITS = readdirSync(join(ROOT, 'deploy/systemd')).map((name) => `/etc/systemd/system/${name}`);
/** All ports that it listens on. */
export const ALL_PORTS = [GATEWAY_PORT, ...Object.values(PORTS)];

export function install(machine: Machine, servers: { databaseUrl: string; redisUrl: string }): void {
  const [, account = ''] = /```sh\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/operations/systemd.md'), 'utf8'))!;
  machine.must('sh', '-ec', account);
  const at = (name: string) => `http://127.0.0.1:${PORTS[name]}`;
  const settings: Record<string, Record<string, string | number>> = {
    chat: {
      NODE_ENV: 'production',
      SECRET_KEY: randomBytes(32).toString('hex'),
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      PUBLIC_URL: `http://127.0.0.1:${GATEWAY_PORT}`,
      DATA_DIR: '/var/lib/chat',
      TRUSTED_PROXIES: 1,
      ADMIN_PASSWORD,
      PLUGIN_ALLOW_UNSIGNED: 'true',
    },
    gateway: {
      SUBGRAPH_URLS: SUBGRAPH_NAMES.map((name) => `${name}=${at(name)}/graphql`).join(),
      REST_ROUTES: ROUTES.map((route) => route.replace(/\w+$/, at)).join(),
      TOKEN_INTROSPECTION_URL: at('identity'),
    },
    ...Object.fromEntries(SUBGRAPH_NAMES.map((name) => [name, { PORT: PORTS[name]! }])),
  };
  Object.assign(settings['messaging']!, { MESSAGE_CHECK_URL: at('plugins'), KNOWLEDGE_URL: at('knowledge') });
  for (const [name, variables] of Object.entries(settings)) {
    const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(machine.root, `etc/chat/${name}.env`), lines.join(''), { mode: 0o640 });
  }
  cpSync(join(ROOT, 'deploy/systemd'), join(machine.root, 'etc/systemd/system'), { recursive: true });
  machine.must('systemctl', 'daemon-reload');
}
