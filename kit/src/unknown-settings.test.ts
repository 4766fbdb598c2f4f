/** Misspelt settings are named with the settings that they may mean; the names of other programs are not. */
// cspell:disable -- the misspelt names are intended
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import settings from '../../schema/settings.json';
import { NODE_FLAGS, TestProcess } from './testing/test-process';
import { unknownSettings } from './unknown-settings';

test.each([
  ['MAX_DEPHT', ' Did you mean MAX_DEPTH?'],
  ['max_depth', ' Did you mean MAX_DEPTH?'],
  ['RATELIMIT_PER_MINUTE', ' Did you mean RATE_LIMIT_PER_MINUTE?'],
  ['DATABASEURL', ' Did you mean DATABASE_URL?'],
  ['DATA_DIRECTORY', ' Did you mean DATA_DIR?'],
  ['ADMIN_PASWORD', ' Did you mean ADMIN_PASSWORD?'],
  ['SMTP_URI', ' Did you mean SMTP_URL?'],
  ['PROT', ' Did you mean PORT?'],
])('%s is unknown', (name, suggestion) => {
  expect(unknownSettings([name], settings)).toEqual([`Unknown setting ${name}.${suggestion}`]);
});

test('a name that begins like known settings is named with them', () => {
  const [line] = unknownSettings(['WEBHOOK_MAXIMUM'], settings);
  expect(line).toMatch(/^Unknown setting WEBHOOK_MAXIMUM\. Known are .*WEBHOOK_TIMEOUT_SECONDS.*\.$/);
});

test('names of other programs and of Kubernetes are not settings', () => {
  const names = [
    ...[
      'HOME',
      'HOSTNAME',
      'PATH',
      'PWD',
      'SHELL',
      'TERM',
      'USER',
      'LANG',
      'EDITOR',
      'MAIL',
      'LOGNAME',
      'NODE_OPTIONS',
    ],
    ...['npm_config_cache', 'npm_package_name', 'INIT_CWD', 'NODE', 'POSTGRES_PASSWORD', 'OTEL_SERVICE_NAME', 'TZ'],
    ...['REDIS_PORT', 'REDIS_SERVICE_HOST', 'REDIS_PORT_6379_TCP_ADDR', 'MESSAGING_SERVICE_PORT_HTTP', 'https_proxy'],
    ...['APOLLO_TELEMETRY_DISABLED', 'NODE_COMPILE_CACHE', 'SSH_AUTH_SOCK', 'XDG_DATA_DIRS', 'DEBIAN_FRONTEND'],
  ];
  expect(unknownSettings(names, settings)).toEqual([]);
});

test('every setting is known to every process', () => {
  expect(unknownSettings(settings, settings)).toEqual([]);
  expect(settings).toEqual(expect.arrayContaining(['ADMIN_PASSWORD', 'DATABASE_URL', 'MAX_DEPTH', 'SUBGRAPH_URLS']));
});

test('a process names each unknown setting of its environment and of its .env once, and starts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chat-env-'));
  const envFile = join(folder, '.env');
  await writeFile(envFile, 'COLOUR=red\nMAX_DEPHT=3\nADMIN_PASSWORD=not a setting of this process\n');
  const script = `
    const { loadConfig, integerVariable } = require(${JSON.stringify(require.resolve('./config'))});
    const { z } = require('zod');
    for (const _ of [1, 2]) console.log(loadConfig(z.object({ MAX_DEPTH: integerVariable(0).default(15) })));`;
  await using process = new TestProcess({
    flags: [`--env-file=${envFile}`, ...NODE_FLAGS],
    args: ['-e', script],
    env: { TWINE: 'of another program', RATE_LIMITS_PER_MINUTE: '5' },
  });
  expect(await process.exited).toEqual({ code: 0, signal: null });
  await rm(folder, { recursive: true });
  expect(process.output.match(/^Unknown .*$/gm)!.sort()).toEqual([
    'Unknown setting COLOUR.',
    'Unknown setting MAX_DEPHT. Did you mean MAX_DEPTH?',
    'Unknown setting RATE_LIMITS_PER_MINUTE. Did you mean RATE_LIMIT_PER_MINUTE?',
  ]);
});
