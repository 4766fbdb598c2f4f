/** The gateway from its built files, as the images run it: its planning thread starts there, too. */
import { execFileSync } from 'node:child_process';
import { NODE_FLAGS, REPOSITORY, TestProcess } from '@chat/kit/testing/test-process';

/** Longer than 4,000 characters in normal form, so that the thread plans it. */
const LONG = `{ ${Array.from({ length: 40 }, (_, n) => `a${n}: user(id: "${n}") { id username displayName createdAt presence { status lastSeenAt user { id username } } }`).join(' ')} }`;

test('a heavy operation is planned on the thread of a built gateway', async () => {
  execFileSync(process.execPath, [...NODE_FLAGS, 'scripts/build.ts'], { cwd: REPOSITORY });
  const env = {
    PORT: '0',
    MAX_COST: '0',
    MAX_ALIASES: '0',
    MAX_ROOT_FIELDS: '0',
    SUBGRAPH_TIMEOUT_MS: '500',
    SUBGRAPH_URLS: 'identity=http://127.0.0.1:1/graphql',
  };
  await using gateway = new TestProcess({ args: ['gateway/dist/main.js'], flags: [], env });
  const [, url] = await gateway.waitFor(/"url":"([^"]+)","msg":"listening"/);
  const headers = { 'content-type': 'application/json' };
  const ask = async () => {
    const response = await fetch(url!, { method: 'POST', headers, body: JSON.stringify({ query: LONG }) });
    return (await response.json()) as { errors: { extensions: { code: string } }[] };
  };
  // Planned, and then refused because no subgraph runs. Without the thread, it would be INTERNAL_SERVER_ERROR.
  const codes = new Set((await ask()).errors.map(({ extensions }) => extensions.code));
  expect([...codes]).toEqual(['SERVICE_UNAVAILABLE']);
  expect(gateway.output).not.toContain('planning thread');
}, 180_000);
