/**
 * Draws models in headless Chromium, one process for each model, which is killed with its children if it takes too long or too much memory.
 * It sees no network and no file; the model's bytes are only read.
 */
import { readdir, readFile } from 'node:fs/promises';
import { residentBytes } from '@chat/kit/process/resident-memory';
import type { Browser, Route } from 'playwright-core';
import { moduleAt, ORIGIN, PAGE, THUMBNAIL_PIXELS } from './thumbnail-page';

/** SwiftShader draws on machines without a graphics card; Chromium has no traffic of its own. */
const ARGS = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const MEMORY_CHECK_MS = 100;
/** For the start of Chromium, which does not depend on the model. */
const START_MS = 30_000;

export interface RendererOptions {
  /** The program. */
  command: string;
  /** Whether Chromium's sandbox is on, which needs rights that most containers lack. */
  isSandboxed: boolean;
  /** Per model, without the start of Chromium. */
  seconds: number;
  /** Resident memory of all processes of one Chromium. */
  memoryBytes: number;
}

/** The model cannot be drawn within the limits. Concerns the model, unlike other errors. */
export class UndrawableModel extends Error {}

export class ThumbnailRenderer {
  constructor(private readonly options: RendererOptions) {}

  /** @returns a PNG. @throws UndrawableModel; another error if Chromium does not start, or if `signal` aborts */
  async render(model: Buffer, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const { command, isSandboxed, seconds, memoryBytes } = this.options;
    const { chromium } = await import('playwright-core'); // takes 20 MB, and most processes never draw
    const server = await chromium.launchServer({
      executablePath: command,
      chromiumSandbox: isSandboxed,
      args: ARGS,
      timeout: START_MS,
    });
    let reason: string | undefined;
    const killed = Promise.withResolvers<never>();
    killed.promise.catch(() => undefined);
    const kill = (why: string): void => {
      reason ??= why;
      killed.reject(new Error(why)); // a connection that is being made may never hear of the end
      void server.kill();
    };
    const onAbort = () => kill('this process stops');
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => kill(`Drawing took longer than ${seconds} s.`), seconds * 1000);
    const checkMemory = async (): Promise<void> => {
      if ((await familyBytes(server.process().pid!)) > memoryBytes) kill('Drawing took too much memory.');
    };
    // With many processes on the machine, or with little time for this one, a check takes longer than the pause.
    let checking: Promise<void> | undefined;
    const check = () => (checking ??= checkMemory().finally(() => (checking = undefined)));
    const watch = setInterval(() => void check(), MEMORY_CHECK_MS);
    try {
      const drawn = chromium.connect(server.wsEndpoint()).then((browser) => draw(browser, model));
      const picture = await Promise.race([drawn, killed.promise]);
      await checkMemory(); // a quick drawing ends between two checks
      if (reason !== undefined) throw new Error(reason);
      return picture;
    } catch (error) {
      signal.throwIfAborted();
      throw new UndrawableModel(reason ?? `The model could not be drawn: ${firstLine(error)}`);
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
      await server.kill();
    }
  }
}

async function draw(browser: Browser, model: Buffer): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: THUMBNAIL_PIXELS, height: THUMBNAIL_PIXELS } });
  await page.route('**', (route) => answer(route, model));
  await page.goto(ORIGIN, { timeout: 0 }); // until the modules have run; the renderer has the deadline
  const url = await page.evaluate<string>('window.draw()');
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

async function answer(route: Route, model: Buffer): Promise<void> {
  const { origin, pathname } = new URL(route.request().url());
  const file = moduleAt(pathname);
  if (origin !== ORIGIN) await route.abort();
  else if (pathname === '/') await route.fulfill({ contentType: 'text/html', body: PAGE });
  else if (pathname === '/model') await route.fulfill({ contentType: 'application/octet-stream', body: model });
  else if (file) await route.fulfill({ contentType: 'text/javascript', body: await readFile(file) });
  else await route.abort();
}

/** Resident memory of Chromium's processes, which are in the group that playwright made for them. */
async function familyBytes(group: number): Promise<number> {
  let bytes = 0;
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [, , groupOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third field on: state, parent, group
    if (Number(groupOf) === group) bytes += (await residentBytes(Number(name))) ?? 0;
  }
  return bytes;
}

const firstLine = (error: unknown): string => String((error as Error).message).split('\n', 1)[0]!;
