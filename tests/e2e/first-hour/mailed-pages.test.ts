// cspell:words Passwort setzen unvollständig
/** The pages behind mailed links, in real Chromium: an invitation, a confirmed address and a new password, in German and English. */
import { eventually } from '@chat/kit/testing/eventually';
import { findChromium } from '@chat/kit/testing/chromium';
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const PASSWORD = 'a long enough password';
const NEW_PASSWORD = 'another long enough password';

let dir: string;
let server: TestProcess;
let origin: string;
let browser: Browser;
const faults: string[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-mailed-'));
  const env = { DATA_DIR: dir, PORT: '0', BCRYPT_COST: '4', LOG_LEVEL: 'warn', ADMIN_PASSWORD: PASSWORD };
  server = new TestProcess({ args: ['standalone/src/main.ts'], env });
  const [, url = ''] = await server.waitFor(/The chat is at (\S+)/);
  origin = new URL(url).origin;
  browser = await chromium.launch(await findChromium());
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});
afterEach(() => expect(faults.splice(0)).toEqual([]));

async function send(query: string, variables: object = {}, token?: string): Promise<any> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

const login = (identifier: string, password: string) =>
  send('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', { input: { identifier, password } });

/** The path and query of the latest mailed link. */
async function link(path: string): Promise<string> {
  let found: string | undefined;
  await eventually(async () => {
    const names = await readdir(join(dir, 'mail')).catch(() => []);
    const mails = await Promise.all(names.sort().map((name) => readFile(join(dir, 'mail', name), 'utf8')));
    const text = mails.join('\n').replaceAll('=\n', '').replaceAll('=3D', '=');
    found = [...text.matchAll(new RegExp(`${path}\\?token=[\\w-]+`, 'g'))].at(-1)?.[0];
    return found !== undefined;
  });
  return found!;
}

async function open(path: string, locale = 'en-GB') {
  const page = await (await browser.newContext({ locale })).newPage();
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('request', (request) => request.url().startsWith(origin) || faults.push(request.url()));
  await page.goto(`${origin}${path}`);
  return page;
}

test('an invitation creates an account, whose address is confirmed and whose password is reset', async () => {
  const { accessToken } = (await login('admin', PASSWORD)).data.login;
  const INVITE = 'mutation ($input: CreateInvitationInput!) { createInvitation(input: $input) { url } }';
  const { url } = (await send(INVITE, { input: {} }, accessToken)).data.createInvitation;

  const register = await open(new URL(url).pathname + new URL(url).search);
  expect(register.url()).toBe(`${origin}/register`);
  await register.fill('[name=username]', 'ada');
  await register.fill('[name=email]', 'ada@example.org');
  await register.fill('[name=password]', 'short');
  await register.click('button');
  await register.locator('[role=alert]', { hasText: /characters/ }).waitFor();
  await register.fill('[name=password]', PASSWORD);
  await register.click('button');
  await register.locator('[role=status]', { hasText: 'ready' }).waitFor();

  const ada = (await login('ada', PASSWORD)).data.login.accessToken;
  await send('mutation { requestEmailConfirmation }', {}, ada);
  const confirm = await open(await link('/confirm-email'));
  const isVerified = async () => (await send('{ me { isEmailVerified } }', {}, ada)).data.me.isEmailVerified;
  expect(await isVerified()).toBe(false); // opening the page does nothing
  await confirm.click('button');
  await confirm.locator('[role=status]').waitFor();
  expect(await isVerified()).toBe(true);

  await send('mutation { requestPasswordReset(email: "ada@example.org") }');
  const reset = await open(await link('/reset-password'), 'de-AT');
  await reset.locator('h1', { hasText: 'Passwort setzen' }).waitFor();
  await reset.fill('[name=newPassword]', NEW_PASSWORD);
  await reset.click('button');
  await reset.locator('[role=status]').waitFor();
  expect((await login('ada', NEW_PASSWORD)).errors).toBeUndefined();
}, 240_000);

test('a link without its token says so, and the pages are protected', async () => {
  const page = await open('/reset-password', 'de');
  await page.locator('[role=alert]', { hasText: 'unvollständig' }).waitFor();
  for (const path of ['/register', '/reset-password', '/confirm-email']) {
    const { headers } = await fetch(origin + path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect([headers.get('referrer-policy'), headers.get('cache-control')]).toEqual(['no-referrer', 'no-store']);
    expect((await fetch(origin + path, { method: 'POST' })).status).toBe(404);
  }
}, 60_000);
