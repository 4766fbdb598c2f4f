/**
 * Twenty minutes of use in real Chromium, or an hour if `HOUR=whole`: two tabs of one account (Apollo Client and urql, as in
 * docs/clients.md) and a second account, with short tokens, cut sockets and restarts of the gateway. The pages' clocks jump a minute at a
 * time, so all operations come within one minute of the gateway's limits: the defaults for the hour, and less for twenty minutes.
 */
import { eventually } from '@chat/kit/testing/eventually';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { PASSWORD } from '../../harness/remote-person';
import { type RestartableChat, startRestartableChat } from '../../harness/restartable-chat';
import { inTab, launchBrowser, type PageServer, servePage } from './browser';

const MINUTES = process.env['HOUR'] === 'whole' ? 60 : 20;

/** The default for the hour. The short form has fewer operations a minute, and begins with as many. */
const OPERATIONS_PER_MINUTE = 40 + MINUTES;

/** Of the tokens in Chromium's time and in the server's. */
const LIFETIME_SECONDS = 6;

let pages: PageServer;
let chat: RestartableChat;
let browser: Browser;
beforeAll(async () => {
  pages = await servePage();
  [chat, browser] = await Promise.all([
    startRestartableChat({
      CORS_ORIGINS: pages.origin,
      ACCESS_TOKEN_LIFETIME_SECONDS: String(LIFETIME_SECONDS),
      RATE_LIMIT_PER_MINUTE: String(OPERATIONS_PER_MINUTE),
    }),
    launchBrowser(),
  ]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await chat?.[Symbol.asyncDispose]();
  await pages?.[Symbol.asyncDispose]();
});

/** Responses in all tabs. */
const seen = {
  refused: [] as string[],
  limited: [] as string[],
  /** Refresh tokens that were exchanged. */
  exchanged: [] as string[],
  /** Refresh tokens whose answer was lost. */
  lost: new Set<string>(),
  /** Exchanges without an answer yet. */
  pending: new Set<Request>(),
  operations: 0,
};

const refreshTokenIn = (request: Request) => /"token":"([^"]+)"/.exec(request.postData() ?? '')?.[1];

async function openTab(context: BrowserContext, client: 'apollo' | 'urql'): Promise<Page> {
  const page = await context.newPage();
  page.on('request', (request) => void (refreshTokenIn(request) && seen.pending.add(request)));
  page.on('response', async (response) => {
    const request = response.request();
    if (request.method() !== 'POST') return;
    seen.operations++;
    if (response.status() === 429) seen.limited.push(request.postData() ?? '');
    const body = await response.text().catch(() => '');
    seen.pending.delete(request);
    if (/"code":"(RATE_LIMITED|FORBIDDEN)"/.test(body)) seen.refused.push(body);
    const token = refreshTokenIn(request);
    if (token && body.includes('"accessToken"')) seen.exchanged.push(token);
  });
  page.on('requestfailed', (request) => {
    seen.pending.delete(request);
    const token = refreshTokenIn(request);
    if (token) seen.lost.add(token);
  });
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      if (/"code":"(RATE_LIMITED|UNAUTHENTICATED|FORBIDDEN)"/.test(String(payload))) seen.refused.push(String(payload));
    });
  });
  page.on('pageerror', (error) => void seen.refused.push(String(error)));
  await page.goto(`${pages.origin}/?client=${client}&url=${encodeURIComponent(chat.url)}`);
  await page.waitForFunction('globalThis.tab !== undefined');
  return page;
}

/** A browser profile whose clock the test moves. */
async function newProfile(): Promise<BrowserContext> {
  const context = await browser.newContext();
  await context.clock.install();
  return context;
}

test(`${MINUTES} minutes pass without a 429, a log-out, or a lost or repeated message`, async () => {
  const [ada, bob] = [await newProfile(), await newProfile()];
  const first = await openTab(ada, 'apollo');
  const began = await inTab(first, (tab) => tab.now());
  await inTab(first, (tab, [name, password]) => tab.register(name!, password!), 'ada', PASSWORD);
  const second = await openTab(ada, 'urql');
  const other = await openTab(bob, 'apollo');
  await inTab(other, (tab, [name, password]) => tab.register(name!, password!), 'bob', PASSWORD);
  const tabs = [first, second, other];
  expect(await inTab(second, (tab) => tab.userId())).toBe(await inTab(first, (tab) => tab.userId()));

  const channelId = await inTab(first, (tab) => tab.createChannel());
  await inTab(other, async (tab, [channel]) => void (await tab.join(channel!)), channelId);
  for (const tab of tabs) await inTab(tab, (it, [channel]) => it.follow(channel!), channelId);

  const sent: string[] = [];
  const send = async (page: Page, body: string) => {
    sent.push(body);
    await inTab(page, (tab, [channel, text]) => void tab.send(channel!, text!), channelId, body);
  };
  const delivered = () =>
    eventually(
      async () => {
        for (const tab of tabs) expect(await inTab(tab, (it) => it.log.heard.length)).toBe(sent.length);
      },
      `${sent.length} messages in all tabs`,
      90_000,
    );
  const housekeeping = (page: Page) =>
    // A cut may refuse it, and it is not repeated.
    inTab(
      page,
      async (tab, [channel]) => {
        await Promise.all([tab.typing(channel!), tab.markLastRead(channel!)]).catch(() => undefined);
      },
      channelId,
    );

  for (let minute = 1; minute <= MINUTES; minute++) {
    await send(tabs[minute % 2]!, `ada ${minute}`);
    await send(other, `bob ${minute}`);
    if (minute % 10 === 5) await chat.restartGateway();
    if (minute % 7 === 3) chat.proxy.cut();
    // A jump ends a request by its deadline, and the page may lose an answer that has just arrived.
    await eventually(() => expect(seen.pending.size).toBe(0), 'the answers of all refreshes');
    await Promise.all([ada.clock.fastForward(60_000), bob.clock.fastForward(60_000)]);
    await Promise.all([housekeeping(tabs[minute % 2]!), housekeeping(other)]);
    if (minute % 5 === 0) await delivered();
  }
  await delivered();
  expect(await inTab(first, (tab) => tab.now())).toBeGreaterThanOrEqual(began + MINUTES * 60_000);

  const history = await inTab(first, (tab, [channel]) => tab.timeline(channel!).map(({ body }) => body), channelId);
  expect([...history].sort()).toEqual([...sent].sort());
  for (const tab of tabs) {
    const { heard, errors, gaps, session, reconnects } = await inTab(tab, (it) => it.log);
    expect({ heard, errors, gaps }).toEqual({ heard: history, errors: [], gaps: 0 });
    expect(session.filter((change) => change !== 'renewed' && change !== 'logged-in')).toEqual([]);
    // Faults reached every tab, and each minute outlived a token.
    expect(reconnects).toBeGreaterThanOrEqual(3);
    expect(session.filter((change) => change === 'renewed').length).toBeGreaterThan(MINUTES / 3);
    await eventually(async () => {
      const shown = await inTab(tab, (it, [channel]) => it.timeline(channel!), channelId);
      expect(shown.map(({ body, state }) => ({ body, state }))).toEqual(
        history.map((body) => ({ body, state: 'sent' })),
      );
    }, 'the same timeline in all tabs');
    expect(await inTab(tab, (it) => it.unsent())).toBe(0);
  }
  expect(seen.limited).toEqual([]);
  expect(seen.refused).toEqual([]);
  // Two tabs of one account never use a refresh token twice, unless a cut has lost the answer.
  const repeated = seen.exchanged.filter((token, index) => seen.exchanged.indexOf(token) !== index);
  expect(repeated.filter((token) => !seen.lost.has(token))).toEqual([]);
  expect(seen.exchanged.length).toBeGreaterThan(MINUTES);
  expect(seen.operations).toBeGreaterThan(3 * MINUTES);

  // A log-out in one tab is one in the other, and not in the other profile.
  await inTab(first, (tab) => tab.logOut());
  await eventually(
    async () => expect((await inTab(second, (tab) => tab.log.session)).at(-1)).toBe('logged-out'),
    'the log-out in the second tab',
  );
  expect(await inTab(second, (tab) => tab.userId())).toBeUndefined();
  expect(await inTab(other, (tab) => tab.userId())).toBeDefined();
}, 480_000);

test('Uppy in a page of another origin uploads a file in chunks', async () => {
  const context = await browser.newContext();
  const page = await openTab(context, 'apollo');
  await inTab(page, (tab, [name, password]) => tab.register(name!, password!), 'cleo', PASSWORD);
  const file = await inTab(page, (tab) => tab.upload(60_000, 50_000));
  expect(file).toEqual({ status: expect.stringMatching(/SCANNING|READY/) as string, size: 60_000 });
  await context.close();
});
