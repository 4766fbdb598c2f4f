/** The React example of docs/clients.md in Chromium, with the warnings that Apollo Client and React print during development. */
import type { Browser } from 'playwright-core';
import { PASSWORD, RemotePerson } from '../../harness/remote-person';
import { type RestartableChat, startRestartableChat } from '../../harness/restartable-chat';
import { launchBrowser, type PageServer, servePage } from './browser';

const GENERAL = '00000000-0000-7000-8000-000000000001';

let pages: PageServer;
let chat: RestartableChat;
let browser: Browser;
beforeAll(async () => {
  pages = await servePage('react-page.mjs', 'development');
  [chat, browser] = await Promise.all([startRestartableChat({ CORS_ORIGINS: pages.origin }), launchBrowser()]);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await chat?.[Symbol.asyncDispose]();
  await pages?.[Symbol.asyncDispose]();
});

test('a page logs in, joins a channel, sends, hears others, and stays logged in after a reload', async () => {
  const bob = await RemotePerson.registers(chat.url, 'bob');
  await RemotePerson.registers(chat.url, 'ada');
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const printed: string[] = [];
  page.on('console', (message) => void (/warning|error/.test(message.type()) && printed.push(message.text())));
  page.on('pageerror', (error) => void printed.push(String(error)));
  await page.goto(`${pages.origin}/?url=${encodeURIComponent(chat.url)}`);

  const logIn = async (password: string) => {
    await page.getByPlaceholder('Name').fill('ada');
    await page.getByPlaceholder('Password').fill(password);
    await page.getByText('Log in').click();
  };
  await logIn('a wrong password');
  expect(await page.getByRole('alert').textContent()).toBe('The name or the password is wrong.');
  await logIn(PASSWORD);

  const message = (body: string, state = 'sent') => page.locator(`li[data-state=${state}]`, { hasText: body });
  await page.getByText('Join #general').click();
  await page.getByText('general (0)').click();
  await page.getByPlaceholder('Message').fill('Hello from React');
  await page.getByPlaceholder('Message').press('Enter');
  await message('Hello from React').waitFor();

  await bob.does('mutation ($id: ID!) { joinChannel(channelId: $id) { id } }', { id: GENERAL });
  await bob.does('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }', {
    input: { channelId: GENERAL, body: 'Hello from Bob' },
  });
  await message('Hello from Bob').waitFor();

  await page.reload();
  await page.getByText('general (0)').click();
  await message('Hello from Bob').waitFor();
  expect(await page.locator('li[data-state]').allTextContents()).toEqual(['Hello from React', 'Hello from Bob']);
  expect(printed).toEqual([]);
});
