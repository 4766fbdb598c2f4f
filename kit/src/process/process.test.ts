/** The frame of a process as its operator meets it: its messages if it cannot start, and its end. Real processes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestProcess } from '../testing/test-process';
import { explain } from './explain';
import { testRedisPrefix, testRedisUrl } from '../testing/test-redis';
import { freePort } from './free-port';
import { ownerOf, takeFolder } from './owner-file';

/** Runs `start` (the body of an async function with `require` for the kit's files) in the frame. */
function framed(start: string, env?: Record<string, string>): TestProcess {
  const at = (file: string) => JSON.stringify(require.resolve(file));
  const script = `
    const { runProcess } = require(${at('./run-process')});
    const { StartupError } = require(${at('./startup-error')});
    const { loadConfig, integerVariable } = require(${at('../config')});
    const { z } = require('zod');
    runProcess(async () => { ${start} });`;
  return new TestProcess({ args: ['-e', script], env });
}

describe('a process that cannot start', () => {
  it('names every problem of its configuration', async () => {
    const process = framed(
      `loadConfig(z.object({ A: integerVariable(1, 5).describe('first'), B: z.string().describe('second') }))`,
      { A: '9' },
    );
    expect(await process.exited).toEqual({ code: 1, signal: null });
    expect(process.output).toMatch(/A: .*<=5.*\(first\)\n.*B: is required but not set \(second\)\n$/);
  });

  it('says which port is in use', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    const process = framed(`await new Promise((_, reject) =>
      require('node:net').createServer().once('error', reject).listen(${port}, '127.0.0.1'));`);
    expect(await process.exited).toEqual({ code: 1, signal: null });
    expect(process.output).toBe(
      `Port ${port} on 127.0.0.1 is in use by another process. Stop that one, or set PORT.\n`,
    );
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    [
      'a host',
      `await require('node:dns/promises').lookup('nowhere.invalid')`,
      /^nowhere\.invalid is not a host .*HOST\.\n$/,
    ],
    ['a file', `await require('node:fs/promises').readFile('/no/such/file')`, /^ENOENT: .*'\/no\/such\/file'\n$/],
  ])('says that %s is not there', async (_what, start, message) => {
    const process = framed(start);
    expect(await process.exited).toEqual({ code: 1, signal: null });
    expect(process.output).toMatch(message);
  });

  it('says which Node is needed, instead of what an older one does not know', async () => {
    const script = `delete AsyncDisposableStack; require(${JSON.stringify(require.resolve('./run-process'))}).runProcess();`;
    const process = new TestProcess({ args: ['-e', script] });
    expect(await process.exited).toEqual({ code: 1, signal: null });
    expect(process.output).toMatch(/^Node 24 or later is needed, and this is v\d+\.\d+\.\d+\.\n$/);
  });

  it('shows a stack only for what nobody foresaw', async () => {
    const foreseen = framed(`throw new StartupError('Plug it in.')`);
    const unforeseen = framed(`throw new TypeError('oh')`);
    await Promise.all([foreseen.exited, unforeseen.exited]);
    expect(foreseen.output).toBe('Plug it in.\n');
    expect(unforeseen.output).toMatch(/^TypeError: oh\n +at /);
  });

  it.each([1, null, 'ENOMEM', undefined])('explains an error whose code is %p', (code) => {
    expect(explain(Object.assign(new Error('Command failed: initdb'), { code }))).toMatch(
      /^Error: Command failed: initdb\n +at /,
    );
  });
});

describe('a running process', () => {
  const RUNNING = `
    setInterval(() => {}, 1000);
    console.log('running');
    return { [Symbol.asyncDispose]: async () => {`;

  it.each(['SIGTERM', 'SIGINT'] as const)('takes a start that %s cuts off for no failure', async (signal) => {
    const process = framed(
      `setInterval(() => {}, 1000); // a signal handler alone does not keep a process alive
       console.log('starting'); await new Promise((resolve) => global.process.once('${signal}', resolve));
       throw Object.assign(new Error('Command failed: initdb'), { code: null, signal: '${signal}' });`,
    );
    await process.waitFor(/starting/);
    process.signal(signal);
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(process.output).toBe('starting\n');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('closes everything on %s and exits with 0', async (signal) => {
    const process = framed(`${RUNNING} console.log('closed'); } };`);
    await process.waitFor(/running/);
    process.signal(signal);
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(process.output).toContain('closed');
  });

  it.each([
    ['an exception', `setTimeout(() => { throw new Error('broken'); }, 50);`],
    ['a rejected promise', `setTimeout(() => void Promise.reject(new Error('broken')), 50);`],
  ])('says that it ends because of %s that nothing has handled, and closes everything', async (_what, fault) => {
    const process = framed(`${fault} ${RUNNING} console.log('closed'); } };`);
    expect(await process.exited).toEqual({ code: 1, signal: null });
    expect(process.output).toMatch(/This process ends because of an error that nothing has handled:\nError: broken/);
    expect(process.output).toContain('closed');
  });

  it('takes a signal that comes twice, as npm and the terminal both send it, for one', async () => {
    const process = framed(`${RUNNING}
      console.log('closing'); await new Promise((resolve) => global.process.once('SIGINT', resolve)); console.log('closed'); } };`);
    await process.waitFor(/running/);
    process.signal('SIGINT');
    await process.waitFor(/closing/);
    process.signal('SIGINT');
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(process.output).toContain('closed');
  });

  it('ends at once on another signal later', async () => {
    const process = framed(
      `${RUNNING} setTimeout(() => console.log('still closing'), 600); await new Promise(() => {}); } };`,
    );
    await process.waitFor(/running/);
    process.signal('SIGTERM');
    await process.waitFor(/still closing/);
    process.signal('SIGTERM');
    expect(await process.exited).toEqual({ code: 130, signal: null });
  });
});

describe('a subgraph as a process', () => {
  it('says when it listens, and does not say that it is ready where it ends before that', async () => {
    const config = {
      ...{ HOST: '127.0.0.1', PORT: 0, LOG_LEVEL: 'info' },
      ...{ REDIS_URL: testRedisUrl(), REDIS_PREFIX: testRedisPrefix() },
      ...{ SECRET_KEY: 'only for tests: 32 characters long', SECRET_KEY_FALLBACKS: [] },
    };
    const script = `
      const { runSubgraph } = require(${JSON.stringify(require.resolve('./run-subgraph'))});
      runSubgraph(() => (${JSON.stringify(config)}), async () => {
        const { promise, resolve } = Promise.withResolvers();
        return { name: 'slow', ready: () => promise, [Symbol.asyncDispose]: async () => resolve() };
      });`;
    const process = new TestProcess({ args: ['-e', script] });
    await process.waitFor(/"msg":"listening"/);
    process.signal('SIGTERM');
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(process.output).not.toContain('"msg":"ready"');
  });
});

describe('takeFolder', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'chat-folder-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives a folder to one process at a time', async () => {
    const giveBack = await takeFolder(folder);
    expect(await ownerOf(folder)).toBe(process.pid);
    await expect(takeFolder(folder)).rejects.toThrow(`${folder} is in use by another running process`);
    giveBack();
    expect(await ownerOf(folder)).toBeUndefined();
    (await takeFolder(folder))();
  });

  it.each([
    ['is gone', '999999999 1'],
    ['has a reused id', `${process.pid} 1`],
    ['left an unreadable mark', ''],
  ])('takes it over from an owner that %s', async (_what, mark) => {
    await writeFile(join(folder, 'owner'), mark);
    const giveBack = await takeFolder(folder);
    expect(await ownerOf(folder)).toBe(process.pid);
    giveBack();
  });
});
