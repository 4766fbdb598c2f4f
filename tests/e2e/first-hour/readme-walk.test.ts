// cspell:words Nachricht
/** The README's walk from a fresh installation to a live message, by copy and paste, and the same walk in GraphiQL's tabs. */
import { eventually } from '@chat/kit/testing/eventually';
import { REPOSITORY, TestProcess } from '@chat/kit/testing/test-process';
import { freePort } from '@chat/kit/process/free-port';
import { Kind, parse, type OperationDefinitionNode, print } from 'graphql';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let dataDir: string;
let port: number;
let server: TestProcess;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chat-walk-'));
  port = await freePort();
  const env = { HOME: process.env['HOME'] ?? '/', DATA_DIR: dataDir, PORT: String(port), BCRYPT_COST: '4' };
  server = new TestProcess({ command: 'npm', flags: [], args: ['start', '--silent'], env });
  await server.waitFor(/The chat is at (\S+)/);
}, 300_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

/** The fenced commands below the heading, with this test's port. */
async function commandsBelow(file: string, heading: string): Promise<string[]> {
  const text = await readFile(join(REPOSITORY, file), 'utf8');
  const [, section = ''] = text.split(`\n### ${heading}\n`);
  const blocks = [...section.split(/\n##+ /)[0]!.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block!);
  return blocks.map((block) => block.replaceAll('127.0.0.1:4000', `127.0.0.1:${port}`));
}

/** A terminal into which commands are pasted. */
class Terminal {
  output = '';
  private readonly shell = spawn('bash', { stdio: ['pipe', 'pipe', 'pipe'], detached: true });

  constructor() {
    for (const stream of [this.shell.stdout, this.shell.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  /** Pastes commands, and resolves when the output since then matches. */
  async paste(commands: string, expected: RegExp, withinMs = 30_000): Promise<void> {
    const before = this.output.length;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => expected.test(this.output.slice(before)) && resolve();
    const timer = setTimeout(() => reject(new Error(`No ${String(expected)} in:\n${this.output}`)), withinMs);
    this.shell.stdout.on('data', look);
    this.shell.stdin.write(commands);
    await promise.finally(() => {
      clearTimeout(timer);
      this.shell.stdout.off('data', look);
    });
  }

  /** Ends the shell with the commands that it runs in the background. */
  close(): void {
    process.kill(-this.shell.pid!, 'SIGKILL');
  }
}

test.each([
  ['README.md', 'From nothing to a live message'],
  ['README.de.md', 'Von null zur Live-Nachricht'],
])('the commands of %s lead to a live message', async (file, heading) => {
  const [follow = '', send = '', ...rest] = await commandsBelow(file, heading);
  expect(rest).toEqual([]);
  const terminal = new Terminal();
  try {
    await terminal.paste(follow, /"joinChannel":\{"name":"general",[^]*^:/m);
    await terminal.paste(
      send,
      /event: next\ndata: .*"messageAdded":\{"body":"Hello","author":\{"displayName":"Ada"\}\}/m,
    );
    expect(terminal.output).not.toContain('"errors"');
  } finally {
    terminal.close();
  }
});

interface Tabs {
  welcome: string;
  tabs: string[];
}

test("GraphiQL's tabs lead from a new account to a live message", async () => {
  const origin = `http://127.0.0.1:${port}`;
  const page = await fetch(origin, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('start.js');
  const { tabs, welcome } = (await (await fetch(`${origin}/graphql/assets/tabs.json`)).json()) as Tabs;
  expect(welcome).toMatch(/^# A new tab\./);
  const operations = tabs.flatMap(
    (tab) =>
      parse(tab).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode[],
  );
  const names = operations.map(({ name }) => name!.value);
  expect(names).toEqual(['Register', 'LogIn', 'LogInAsGuest', 'Create', 'Subscribe', 'Send']);

  let token = '';
  const run = async (name: string, accept = 'application/json') => {
    const operation = operations[names.indexOf(name)]!;
    const query = print(operation).replaceAll('{{random}}', 'a1b2c3').replace('"the password"', `"${adminPassword}"`);
    return await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query }),
    });
  };
  const data = async (name: string) => {
    const { data, errors } = (await (await run(name)).json()) as { data: Record<string, any>; errors?: object[] };
    expect({ name, errors }).toEqual({ name, errors: undefined });
    return data;
  };
  const [, adminPassword = ''] = /First administrator: admin, password (\S+)/.exec(server.output)!;
  expect((await data('LogIn'))['login'].user.roles).toContain('ADMIN');
  expect((await data('LogInAsGuest'))['loginAsGuest'].user.displayName).toBe('Guest');
  token = (await data('Register'))['register'].accessToken;
  expect(await data('Create')).toMatchObject({
    joinChannel: { name: 'general' },
    createChannel: { name: 'ada-a1b2c3' },
  });

  const stream = (await run('Subscribe', 'text/event-stream')).body!.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  const reading = (async () => {
    for (let read = await stream.read(); !read.done; read = await stream.read()) heard += read.value;
  })();
  await data('Send');
  await eventually(() => heard.includes('Hello **world**'), 'the message');
  expect(heard).toContain('"displayName":"Ada"');
  await stream.cancel();
  await reading;
});
