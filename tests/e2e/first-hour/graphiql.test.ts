// cspell:words weberror
/** GraphiQL at `/` in real Chromium: its tabs lead from a new account to a live message, without a request to another host. */
import { findChromium } from '@chat/kit/testing/chromium';
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

/** GraphiQL reads operations and stores tabs with a delay of up to half a second; a person is slower. */
const PACE_MS = 1000;

/** Opens a tab and runs its operation. */
async function runTab(page: Page, tab: string): Promise<void> {
  await page.click(`.graphiql-tab >> text=${tab}`);
  await expectText(page, '.graphiql-query-editor', new RegExp(`(mutation|subscription) ${tab} `));
  await page.waitForTimeout(PACE_MS);
  await page.click('.graphiql-execute-button');
  await page.waitForTimeout(PACE_MS);
}

const expectText = (page: Page, selector: string, text: string | RegExp) =>
  page.locator(selector, { hasText: text }).waitFor({ timeout: 30_000 });

test('the tabs register, create, subscribe and send, with the token in every request and every window', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-graphiql-'));
  const env = { DATA_DIR: dir, PORT: '0', BCRYPT_COST: '4', LOG_LEVEL: 'warn' };
  await using server = new TestProcess({ args: ['standalone/src/main.ts'], env });
  const [, url = ''] = await server.waitFor(/The chat is at (\S+)/);
  const { origin } = new URL(url);
  const browser = await chromium.launch(await findChromium());
  try {
    const context = await browser.newContext();
    const faults: string[] = [];
    context.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    context.on('weberror', (fault) => void faults.push(fault.error().message));
    context.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) faults.push(request.url());
    });
    const page = await context.newPage();
    await page.goto(origin);
    await expectText(page, '.session', 'Not logged in');
    await runTab(page, 'Register');
    await expectText(page, '.session', 'Logged in');
    await runTab(page, 'Create');
    await expectText(page, '.result-window', 'My first channel');
    await runTab(page, 'Subscribe');

    const second = await context.newPage();
    await second.goto(origin);
    await expectText(second, '.session', 'Logged in');
    await runTab(second, 'Send');
    await expectText(page, '.result-window', 'Hello **world**');
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  }
}, 240_000);
