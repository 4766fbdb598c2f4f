/** The commands that verify and export the audit log, as processes. */
import { TestProcess } from '@chat/kit/testing/test-process';
import { startIdentity, type IdentityUnderTest } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
beforeAll(async () => {
  identity = await startIdentity();
  await identity.register('ada');
  await identity.register('bob');
});
afterAll(() => identity[Symbol.asyncDispose]());

async function run(...args: string[]) {
  await using command = new TestProcess({
    args: ['subgraphs/identity/src/audit/audit.cli.ts', ...args],
    env: { DATABASE_URL: identity.config.DATABASE_URL },
  });
  const { code } = await command.exited;
  return { code, output: command.output };
}

test('verify reports that the chain holds', async () => {
  expect(await run('verify')).toEqual({ code: 0, output: 'The chain holds: 2 acts follow from each other.\n' });
});

test('export prints the selected acts as JSON lines, oldest first', async () => {
  const { output } = await run('export', '--action', 'account.register');
  const acts = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(acts.map(({ seq }) => seq)).toEqual(['1', '2']);
  expect(acts[0]).toMatchObject({
    action: 'account.register',
    address: '192.0.2.1',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('unknown arguments are refused', async () => {
  expect(await run('export', '--from', 'yesterday')).toMatchObject({
    code: 2,
    output: expect.stringContaining('not a time'),
  });
});
