/** API v1 in the whole system: the example plugins, and events, hooks and schedules of plugins made for the test. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@chat/kit/testing/eventually';
import { TestProcess } from '@chat/kit/testing/test-process';
import { exampleBundle } from '../../../subgraphs/plugins/src/testing/example-bundle';
import { bundleOf } from '../../../subgraphs/plugins/src/testing/test-bundle';
import { OPEN_HAND } from '../../conformance/harness/open-hand';
import type { Data, Person } from '../../conformance/harness/person';
import { System } from '../../conformance/harness/system';
import { upload } from '../../conformance/harness/upload';

const system = new System();
let ada: Person;
let bob: Person;
let channelId: string;
beforeAll(async () => {
  // A busy machine takes longer than 50 ms; hooks that hang have a test of their own.
  await system.start({
    PLUGIN_ALLOW_UNSIGNED: 'true',
    PLUGIN_ALLOW_PRIVATE_ADDRESSES: 'true',
    PLUGIN_HOOK_MS: '3000',
    PLUGIN_CALL_MS: '1000',
    PLUGIN_CONTAINER_COMMAND: '/nonexistent/engine',
    PLUGIN_ISOLATION: 'obedient=shared',
  });
  [ada, bob] = await system.people('ada', 'bob');
  ({ id: channelId } = await ada.does('CreateChannel', { input: { name: 'plugins', type: 'PUBLIC' } }));
  await bob.asks('mutation ($channelId: ID!) { joinChannel(channelId: $channelId) { id } }', { channelId });
}, 300_000);
afterAll(() => system[Symbol.asyncDispose]());

/** Installs the plugin of a bundle, and enables it. */
async function installs(bundle: Buffer): Promise<string> {
  const { id, permissions } = await uploads(bundle);
  await system.admin.does('EnablePlugin', { id, grantedPermissions: permissions });
  return id;
}

async function uploads(bundle: Buffer): Promise<{ id: string; permissions: string[] }> {
  const { admin } = system;
  const fileId = await upload(admin, 'plugin.zip', bundle, 'application/zip');
  return admin.does('InstallPlugin', { input: { fileId } });
}

/** The processes of a process in which plugins run. */
const sandboxesOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('host/host.'));

const says = (person: Person, body: string) => person.does('SendMessage', { input: { channelId, body } });

const latest = async (count: number): Promise<{ id: string; body: string }[]> => {
  const { messages } = await ada.does('ChannelHistory', { id: channelId, last: count });
  return messages.edges.map(({ node }: Data) => node);
};

/** Waits until a message of the channel has this text. */
const appears = (body: string | RegExp): Promise<{ id: string; body: string }> =>
  eventually(
    async () =>
      (await latest(20)).find((message) =>
        typeof body === 'string' ? message.body === body : body.test(message.body),
      ) ?? false,
    `the message ${String(body)}`,
  ) as Promise<{ id: string; body: string }>;

const ACT = `mutation ($input: RunActionInput!) { runAction(input: $input) { text visibility token } }`;

describe('poll', () => {
  let id: string;
  beforeAll(async () => void (id = await installs(exampleBundle('poll'))));
  afterAll(() => system.admin.does('UninstallPlugin', { id }));

  test('a command asks, buttons vote, and a later vote replaces an earlier one', async () => {
    const run = (text: string) => ada.does('RunCommand', { input: { channelId, text } });
    expect(await run('/poll Lunch')).toMatchObject({ text: expect.stringContaining('question mark') });
    expect(await run('/poll Lunch? Pizza, Salad')).toEqual({ text: 'Your poll is open.', visibility: 'PRIVATE' });
    const message = await appears(/^\*\*Lunch\?\*\*/);
    const { data, errors } = await bob.asks(
      'query ($id: ID!) { message(id: $id) { buttons { id label style } author { isBot } } }',
      {
        id: message.id,
      },
    );
    expect(errors).toBeUndefined();
    expect(data.message).toEqual({
      author: { isBot: true },
      buttons: [
        { id: 'vote-0', label: 'Pizza', style: 'DEFAULT' },
        { id: 'vote-1', label: 'Salad', style: 'DEFAULT' },
      ],
    });
    const votes = async (person: Person, actionId: string) =>
      (await person.asks(ACT, { input: { messageId: message.id, actionId } })).data.runAction.text;
    expect(await votes(bob, 'vote-0')).toBe('You voted for Pizza.');
    expect(await votes(ada, 'vote-1')).toBe('You voted for Salad.');
    expect(await votes(bob, 'vote-1')).toBe('You voted for Salad.');
    await appears('**Lunch?**\n- Pizza: 0\n- Salad: 2');
    const eve = await system.person('eve');
    const outside = await eve.asks(ACT, { input: { messageId: message.id, actionId: 'vote-0' } });
    expect(outside.errors[0].extensions.code).toBe('FORBIDDEN');
    const unknown = await bob.asks(ACT, { input: { messageId: message.id, actionId: 'vote-9' } });
    expect(unknown.errors[0].extensions.code).toBe('NOT_FOUND');
  });

  test('commands are listed and completed', async () => {
    const complete = `query ($channelId: ID!, $text: String!) { completeCommand(channelId: $channelId, text: $text) }`;
    const completions = async (text: string) => (await ada.asks(complete, { channelId, text })).data.completeCommand;
    expect(await completions('/p')).toEqual(['/poll ']);
    expect(await completions('/poll Lunch')).toEqual(['/poll Lunch? Yes, No']);
    expect((await ada.asks('{ commands { name hint pluginName } }')).data.commands).toEqual([
      { name: 'poll', hint: '<question>? <answer>, <answer>…', pluginName: 'poll' },
    ]);
  });
});

describe('profanity filter', () => {
  let id: string;
  beforeAll(async () => void (id = await installs(exampleBundle('profanity-filter'))));
  afterAll(() => system.admin.does('UninstallPlugin', { id }));

  test.each([
    ['what the fuck', 'what the f\\*\\*\\*'],
    ['So eine Scheiße!', 'So eine S\\*\\*\\*\\*\\*\\*!'],
    ['Sh1t, 5hit and s.h.i.t', 'S\\*\\*\\*, 5\\*\\*\\* and s\\*\\*\\*\\*\\*\\*'],
    ['The Scunthorpe class assesses a shiitake', 'The Scunthorpe class assesses a shiitake'],
    ['Der Zwickel fixiert das Fichtenholz', 'Der Zwickel fixiert das Fichtenholz'],
  ])('%s', async (text, stored) => {
    expect((await says(ada, text)).body).toBe(stored);
  });

  test('an edit is checked, too; a repeated request is the same message', async () => {
    const input = { channelId, body: 'bullshit', clientMutationId: 'once' };
    const first = await ada.does('SendMessage', { input });
    expect(first.body).toBe('b\\*\\*\\*\\*\\*\\*\\*');
    expect((await ada.does('SendMessage', { input })).id).toBe(first.id);
    await ada.does('EditMessage', { id: first.id, body: 'still bullshit' });
    await appears('still b\\*\\*\\*\\*\\*\\*\\*');
  });

  test('it refuses if it is configured so', async () => {
    await system.admin.does('ConfigurePlugin', { id, config: { mode: 'refuse', words: ['frob'], allowed: ['shit'] } });
    const refusal = await ada.isRefused('SendMessage', { input: { channelId, body: 'frobs' } });
    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', fields: { body: 'Please say it without swear words.' } });
    expect((await says(ada, 'shit')).body).toBe('shit');
  });
});

test('a webhook of GitHub becomes a message, with nothing of its Markdown', async () => {
  const id = await installs(exampleBundle('github'));
  await system.admin.does('ConfigurePlugin', { id, config: { channelId } });
  const { data } = await system.admin.asks('query ($id: ID!) { plugin(id: $id) { webhookUrl } }', { id });
  const url: string = data.plugin.webhookUrl;
  const body = {
    ref: 'refs/heads/main',
    compare: 'https://git.example/compare',
    pusher: { name: 'eve' },
    repository: { full_name: 'eve/repo' },
    commits: [{ id: '0123456789', message: 'Fix **it** @here\n\nmore', url: 'javascript:alert(1)' }],
  };
  const post = (target: string, event: string) =>
    fetch(target, { method: 'POST', headers: { 'x-github-event': event }, body: JSON.stringify(body) });
  expect((await post(url, 'push')).status).toBe(200);
  await appears(
    '**eve/repo** eve pushed [1 commit](https://git.example/compare) to main\n- 0123456 Fix \\*\\*it\\*\\* \\@here',
  );
  expect((await post(url, 'unknown')).status).toBe(200);
  expect((await post(`${url}x`, 'push')).status).toBe(404);
  await system.admin.does('DisablePlugin', { id });
  expect((await post(url, 'push')).status).toBe(404);
  await system.admin.does('UninstallPlugin', { id });
});

test('a plugin that needs a container is refused without an engine, unless the operator decides otherwise', async () => {
  const code = `export default { commands: { where: () => 'here' } };`;
  const bundle = (name: string) =>
    bundleOf(
      { name, version: '1.0.0', isolation: 'container', commands: [{ name: 'where', description: 'Answers.' }] },
      code,
    );
  const { id } = await uploads(bundle('contained'));
  const enable = 'mutation ($id: ID!) { enablePlugin(id: $id, grantedPermissions: []) { id } }';
  const { errors } = await system.admin.asks(enable, { id });
  expect(errors).toEqual([
    expect.objectContaining({
      message: expect.stringContaining('It needs a container of its own, and none starts here.'),
      extensions: expect.objectContaining({ code: 'CONFLICT' }),
    }),
  ]);
  const obedient = await installs(bundle('obedient'));
  const ran = await ada.does('RunCommand', { input: { channelId, text: '/where' } });
  expect(ran).toMatchObject({ text: 'here' });
  for (const plugin of [id, obedient]) await system.admin.does('UninstallPlugin', { id: plugin });
});

describe('events', () => {
  const manifest = (name: string, more: object = {}) => ({
    name,
    version: '1.0.0',
    hooks: ['messageAdded'],
    permissions: ['events:receive', 'messages:send', 'storage', 'graph:read', 'graph:write'],
    ...more,
  });

  test('arrive once each, in order, with what the bot may see', async () => {
    const id = await installs(
      bundleOf(
        manifest('recorder'),
        `export default {
          events: { async messageAdded({ message, channel }, chat) {
            if (message.text === 'private') throw new Error('seen');
            await chat.storage.set(String(message.seq).padStart(6, '0'), [message.text, message.author.displayName, channel.name]);
          } },
          commands: {},
        };`,
      ),
    );
    const { id: hidden } = await ada.does('CreateChannel', { input: { name: 'hidden', type: 'PRIVATE' } });
    await ada.does('SendMessage', { input: { channelId: hidden, body: 'private' } });
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    for (const text of texts) await says(ada, text);
    const stored = (await eventually(async () => {
      const rows = await system.query('select key, value from plugins.stored where plugin_id = $1 order by key', [id]);
      return rows.length === texts.length && rows;
    }, 'all events')) as Record<string, unknown>[];
    expect(stored.map(({ value }) => JSON.parse(value as string) as unknown)).toEqual(
      texts.map((text) => [text, ada.displayName, 'plugins']),
    );
    const { logs } = await system.admin.does('PluginLogs', { id, first: 10 });
    expect(logs.edges).toEqual([]);
    await system.admin.does('UninstallPlugin', { id });
    expect(await system.query('select 1 from plugins.stored where plugin_id = $1', [id])).toEqual([]);
  });

  /** Sends `count` messages to two plugins that record them, and runs `disturb` when five have arrived. @returns what each recorded */
  async function recorded(count: number, disturb: (reaches: (events: number) => Promise<unknown>) => Promise<void>) {
    const recorder = (name: string) =>
      bundleOf(
        manifest(name, { permissions: ['events:receive', 'storage'] }),
        `export default { events: { async messageAdded({ message }, chat) {
          const number = await chat.storage.increment('number');
          await chat.storage.set(String(number).padStart(6, '0'), message.text);
        } } };`,
      );
    const ids = [await installs(recorder('kept-a')), await installs(recorder('kept-b'))];
    await eventually(async () => {
      const [row] = await system.query(`select types from messaging.event_followers where task like 'plugins:%'`, []);
      return (row?.['types'] as string[] | undefined)?.includes('MessageAdded') ?? false;
    }, 'the plugins follow messages');
    const received = async (): Promise<string[][]> => {
      const rows = await system.query(
        "select plugin_id, value from plugins.stored where key <> 'number' order by plugin_id, key",
        [],
      );
      return ids.map((id) =>
        rows.filter((row) => row['plugin_id'] === id).map(({ value }) => JSON.parse(value as string) as string),
      );
    };
    const reaches = (events: number) =>
      eventually(
        async () => (await received()).every((each) => new Set(each).size >= events),
        `${events} events`,
        100_000,
      );
    const flow = (async () => {
      for (let index = 0; index < count; index++) await says(ada, `kept ${index}`);
    })();
    await reaches(5);
    await disturb(reaches);
    await flow;
    await reaches(count);
    const lists = await received();
    for (const id of ids) await system.admin.does('UninstallPlugin', { id });
    return lists;
  }

  /** At least once, and in order. */
  function expectAll(lists: string[][], count: number): void {
    const texts = Array.from({ length: count }, (_, index) => `kept ${index}`);
    for (const list of lists) expect(list.filter((text, index) => text !== list[index - 1])).toEqual(texts);
  }

  test('none is lost or out of order if the sandbox is killed', async () => {
    const lists = await recorded(20, async () => {
      const hosts = system.pidsOf('plugins').flatMap(sandboxesOf);
      expect(hosts.length).toBeGreaterThan(0);
      for (const host of hosts) process.kill(host, 'SIGKILL');
    });
    expectAll(lists, 20);
  }, 240_000);

  // Starts a process and waits for the end of its lease: PLUGIN_KILLS=1 npm test -- tests/e2e/plugins -t killed
  const withKills = process.env['PLUGIN_KILLS'] === undefined ? test.skip : test;
  withKills(
    'none is lost or out of order if a process that delivers is killed',
    async () => {
      await using other = new TestProcess({ args: ['subgraphs/plugins/src/main.ts'], env: system.processEnv() });
      await other.waitFor(/"msg":"ready"/);
      const lists = await recorded(60, async (reaches) => {
        await reaches(20);
        other.signal('SIGKILL');
      });
      expectAll(lists, 60);
    },
    240_000,
  );

  test('of plugins that answer one another end at depth three', async () => {
    const answering = `export default { events: { async messageAdded({ message, channelId }, chat) {
      if (message.text.startsWith('ping')) await chat.messages.send({ channelId, text: message.text + '!' });
    } } };`;
    const ids = [
      await installs(bundleOf(manifest('first'), answering)),
      await installs(bundleOf(manifest('second'), answering)),
    ];
    await eventually(async () => {
      const [row] = await system.query(`select types from messaging.event_followers where task like 'plugins:%'`, []);
      return (row?.['types'] as string[] | undefined)?.includes('MessageAdded') ?? false;
    }, 'the plugins follow messages');
    await says(ada, 'ping');
    await appears('ping!!!');
    await eventually(
      async () => (await system.query('select 1 from plugins.deliveries', [])).length === 0,
      'no event waits',
    );
    const pings = (await latest(50)).map(({ body }) => body).filter((body) => body.startsWith('ping'));
    expect(Math.max(...pings.map((body) => body.length))).toBe('ping!!!'.length);
    for (const id of ids) await system.admin.does('UninstallPlugin', { id });
  });

  test('reactions to reactions end at depth three, too', async () => {
    const toggling = `export default { events: { async reactionsChanged({ messageId, channelId }, chat) {
      await chat.graph.query('mutation ($id: ID!) { joinChannel(channelId: $id) { id } }', { id: channelId });
      const count = await chat.storage.increment('calls');
      const add = 'mutation ($id: ID!, $emoji: String!) { addReaction(messageId: $messageId, emoji: $emoji) { id } }';
      await chat.graph.query(add.replace('$id', '$messageId'), { messageId, emoji: EMOJI[count % EMOJI.length] });
    } } };
    const EMOJI = ['🎉', '👀', '🚀', '❤️', '😄', '👍'];`;
    const more = { hooks: ['reactionsChanged'] };
    const ids = [
      await installs(bundleOf(manifest('toggle-a', more), toggling)),
      await installs(bundleOf(manifest('toggle-b', more), toggling)),
    ];
    const follows = async (schema: string, type: string) => {
      const [row] = await system.query(`select types from ${schema}.event_followers where task like 'plugins:%'`, []);
      return (row?.['types'] as string[] | undefined)?.includes(type) ?? false;
    };
    await eventually(() => follows('messaging', 'ReactionsChanged'), 'the plugins follow reactions');
    const calls = async () =>
      (
        await system.query("select plugin_id, value from plugins.stored where key = 'calls' order by plugin_id", [])
      ).map(({ value }) => Number(value));
    const { id } = await says(ada, 'react to this');
    const { errors } = await bob.asks('mutation ($id: ID!) { addReaction(messageId: $id, emoji: "✅") { id } }', {
      id,
    });
    expect(errors).toBeUndefined();
    // Bob's is received by both; what each does is received by the other, at depths one and two.
    await eventually(async () => (await calls()).reduce((sum, count) => sum + count, 0) >= 6, 'six calls');
    await eventually(
      async () =>
        (await system.query('select 1 from plugins.deliveries', [])).length === 0 &&
        // A job that was interrupted after another had replaced it stays with all its attempts used.
        (
          await system.query(
            "select 1 from graphile_worker.jobs where task_identifier like 'plugins:d%' and attempts < max_attempts",
            [],
          )
        ).length === 0,
      'no event waits',
    );
    expect(await calls()).toEqual([3, 3]);
    for (const plugin of ids) await system.admin.does('UninstallPlugin', { id: plugin });
  });

  test('of pages and gestures arrive', async () => {
    const id = await installs(
      bundleOf(
        manifest('watcher', { hooks: ['pageCreated', 'pageUpdated', 'gesturePerformed'] }),
        `const keep = (name) => async (event, chat) => void (await chat.storage.set(name, event));
        export default { events: { pageCreated: keep('created'), pageUpdated: keep('updated'), gesturePerformed: keep('gesture') } };`,
      ),
    );
    await eventually(async () => {
      const rows = await system.query(
        'select types from knowledge.event_followers union all select types from rooms.event_followers',
        [],
      );
      return rows.length === 2;
    }, 'the plugins follow pages and rooms');
    const page = { slug: 'watched', title: 'Watched', body: 'Marmots.', locale: 'en' };
    const { id: pageId, version } = await system.admin.does('CreatePage', { input: page });
    await system.admin.does('UpdatePage', { input: { id: pageId, baseVersion: version, body: 'More marmots.' } });
    const { id: roomId } = await ada.does('CreateRoom', { input: { name: 'Plaza', capacity: 3, persistent: false } });
    await ada.does('JoinRoom', { roomId });
    await ada.does('RecognizeGesture', { input: { roomId, frames: [{ atMs: 0, landmarks: OPEN_HAND }] } });
    const stored = await eventually(async () => {
      const rows = await system.query('select key, value from plugins.stored where plugin_id = $1', [id]);
      const read = Object.fromEntries(rows.map(({ key, value }) => [key, JSON.parse(value as string) as unknown]));
      return Object.keys(read).length === 3 && (read as Record<string, unknown>);
    }, 'all three events');
    expect(stored).toMatchObject({
      created: { type: 'pageCreated', page: { id: pageId, slug: 'watched', locale: 'en' } },
      updated: { type: 'pageUpdated', page: { id: pageId, version: version + 1 } },
      gesture: { room: { id: roomId, name: 'Plaza' }, user: { id: ada.id }, gesture: 'OPEN_HAND' },
    });
    await system.admin.does('UninstallPlugin', { id });
  });

  test('a plugin uses the graph as its bot, with what was granted', async () => {
    const id = await installs(
      bundleOf(
        { ...manifest('reader'), hooks: [], commands: [{ name: 'read', description: 'Reads.' }] },
        `export default { commands: { async read({ text, channelId }, chat) {
          try { return JSON.stringify(await chat.graph.query(text, { id: channelId })); } catch (error) { return error.message; }
        } } };`,
      ),
    );
    const read = async (query: string) =>
      (await ada.does('RunCommand', { input: { channelId, text: `/read ${query}` } })).text;
    expect(await read('{ me { displayName isBot } }')).toBe('{"data":{"me":{"displayName":"reader","isBot":true}}}');
    expect(await read('query ($id: ID!) { channel(id: $id) { name } }')).toContain('"plugins"');
    expect(await read('{ plugins { id } }')).toContain('FORBIDDEN');
    expect(await read('subscription { x }')).toContain('events by hooks');
    expect(await read('{ a } mutation { b }')).toMatch(/one operation|Syntax/);
    await system.admin.does('EnablePlugin', { id, grantedPermissions: ['graph:read'] });
    expect(await read('mutation { updateProfile(input: { displayName: "x" }) { id } }')).toContain(
      'not granted graph:write',
    );
    await system.admin.does('UninstallPlugin', { id });
  });
});

test('a plugin in WebAssembly answers a command, and keeps values', async () => {
  const id = await installs(exampleBundle('word-count'));
  const count = async (text: string) =>
    (await ada.does('RunCommand', { input: { channelId, text: `/count ${text}` } })).text;
  expect(await count('Good morning, everybody')).toBe('3 words. Asked 1 times.');
  expect(await count('')).toBe('0 words. Asked 2 times.');
  await system.admin.does('UninstallPlugin', { id });
});

test('a plugin reaches the hosts that were granted, and no other', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: `http://localhost:${port}/` }).end();
    else response.writeHead(418, { 'x-tea': 'yes' }).end(`${request.method} ${request.headers.accept}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const manifest = {
    name: 'fetcher',
    version: '1.0.0',
    permissions: ['network:127.0.0.1', 'network:10.1.2.3'],
    commands: [{ name: 'get', description: 'Requests a URL.' }],
  };
  const id = await installs(
    bundleOf(
      manifest,
      `export default { commands: { async get({ text }, chat) {
        const [url, name = 'accept'] = text.split(' ');
        try { return JSON.stringify(await chat.http.fetch(url, { headers: { [name]: 'text/tea' } })); } catch (error) { return error.message; }
      } } };`,
    ),
  );
  await system.admin.does('EnablePlugin', { id, grantedPermissions: ['network:127.0.0.1'] });
  const get = async (url: string) => (await ada.does('RunCommand', { input: { channelId, text: `/get ${url}` } })).text;
  const answer = JSON.parse(await get(`http://127.0.0.1:${port}/`));
  expect(answer).toMatchObject({ status: 418, headers: { 'x-tea': 'yes' }, text: 'GET text/tea' });
  expect(await get(`http://127.0.0.1:${port}/moved`)).toBe('FORBIDDEN: the plugin was not granted network:localhost.');
  expect(await get(`http://10.1.2.3/`)).toBe('FORBIDDEN: the plugin was not granted network:10.1.2.3.');
  expect(await get(`http://127.0.0.1:${port}/ host`)).toContain('one that the connection sets');
  expect(await get('file:///etc/passwd')).toMatch(/^REFUSED: The URL must start with https/);
  expect(await get('http://127.0.0.1:1/')).toBe('UNREACHABLE: the host could not be reached.');
  await system.admin.does('UninstallPlugin', { id });
  await new Promise((resolve) => server.close(resolve));
});

test('a hook that hangs or fails lets messages pass, and costs its time only', async () => {
  const manifest = {
    name: 'hanging',
    version: '1.0.0',
    hooks: ['beforeMessage'],
    permissions: ['messages:check', 'graph:read'],
  };
  const id = await installs(
    bundleOf(
      manifest,
      `export default { hooks: { async beforeMessage({ text }, chat) {
        if (text === 'throw') throw new Error('no');
        if (text === 'wrong') return { text: 5 };
        if (text === 'graph') return chat.graph.query('{ me { id } }');
        if (text === 'loop') for (;;);
        return null;
      } } };`,
    ),
  );
  for (const text of ['throw', 'wrong', 'graph', 'loop', 'fine']) expect((await says(ada, text)).body).toBe(text);
  const { logs } = await eventually(async () => {
    const plugin = await system.admin.does('PluginLogs', { id, first: 10 });
    return plugin.logs.edges.length >= 3 && plugin;
  }, 'lines of the log');
  expect(JSON.stringify(logs)).toContain('people wait for it');
  const metrics = (await system.metrics()).join('\n');
  const counted = (end: string) => new RegExp(`^plugin_calls_total{[^}]*plugin="hanging",end="${end}".*} [1-9]`, 'm');
  for (const end of ['returned', 'threw', 'time']) expect(metrics).toMatch(counted(end));
  expect(metrics).toMatch(/^plugin_faults{[^}]*plugin="hanging".*} 1$/m);
  await system.admin.does('UninstallPlugin', { id });
});
