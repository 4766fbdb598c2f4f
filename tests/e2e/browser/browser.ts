/** Chromium with the test page, served from an origin of its own as by a local development server. Knows no scenario. */
import { findChromium } from '@chat/kit/testing/chromium';
import { build, stop } from 'esbuild';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Tab } from './page';

export interface PageServer extends AsyncDisposable {
  /** For `CORS_ORIGINS`. */
  origin: string;
}

/**
 * Serves a page of this folder, bundled.
 * @param mode `development` brings the warnings of libraries
 */
export async function servePage(
  page = 'page.ts',
  mode: 'production' | 'development' = 'production',
): Promise<PageServer> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, page)],
    bundle: true,
    format: 'esm',
    conditions: ['source', mode],
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    write: false,
    logLevel: 'error',
  });
  await stop(); // its process
  const script = outputFiles[0]!.text;
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(
      isScript ? script : '<!doctype html><div id="root"></div><script type="module" src="/page.js"></script>',
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch(await findChromium());
}

/** Calls a function of the page's {@link Tab}. */
export function inTab<Result>(page: Page, call: (tab: Tab, argument: string[]) => Result, ...given: string[]) {
  // The function's text, so that nothing of jest's reaches the page.
  return page.evaluate<Awaited<Result>>(`(${call.toString()})(globalThis.tab, ${JSON.stringify(given)})`);
}
