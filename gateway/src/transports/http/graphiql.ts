/**
 * Pages for browsers at `/` and `/graphql`: GraphiQL with tabs that fit the graph, or a short notice if introspection is off.
 * All assets come from this process. The content security policy allows no other sources.
 */
import { readFile, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { pathOf, type Route } from './gateway-server';
import { sendText } from './respond';

const ASSETS_PATH = '/graphql/assets/';

/** The pages and their own assets, in dist as in src. */
const OWN_FOLDER = join(__dirname, '../../../assets');

/** File name → package and path. Other assets are in {@link OWN_FOLDER}. */
const PACKAGE_ASSETS: Readonly<Record<string, { package: string; file: string }>> = {
  'react.js': { package: 'react', file: 'umd/react.production.min.js' },
  'react-dom.js': { package: 'react-dom', file: 'umd/react-dom.production.min.js' },
  'graphiql.js': { package: 'graphiql', file: 'graphiql.min.js' },
  'graphiql.css': { package: 'graphiql', file: 'graphiql.min.css' },
};
const OWN_ASSETS: ReadonlySet<string> = new Set(['page.css', 'start.js', 'favicon.svg', 'mailed.css', 'mailed.js']);

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const CACHED = { 'cache-control': 'public, max-age=3600' };

/** `unsafe-inline` is for the editor, which sets inline styles. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Texts for GraphiQL's editor. */
interface Tabs {
  /** The text of a new tab; GraphiQL's own if it is undefined. */
  welcome?: string;
  tabs: string[];
}

/**
 * The tabs in `folder`: each `*.graphql` is one, in the order of their names, and `welcome.graphql` is the text of a new tab.
 * No tabs if the folder does not exist.
 */
export async function readTabs(folder: string): Promise<Tabs> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.graphql')).sort();
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const tabs = await Promise.all(files.filter((file) => file !== 'welcome.graphql').map(read));
  return { tabs, ...(files.includes('welcome.graphql') && { welcome: await read('welcome.graphql') }) };
}

/** @param hasGraphiql whether the page is GraphiQL, with `tabs`; otherwise, it says that the schema is not published. */
export function pageRoute(hasGraphiql: boolean, tabs: Tabs): Route {
  const page = hasGraphiql ? 'graphiql.html' : 'closed.html';
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const path = pathOf(request);
    if ((path === '/' || path === '/graphql') && wantsPage(request)) {
      const headers = { 'content-security-policy': POLICY, vary: 'accept' };
      sendText(response, 200, 'text/html; charset=utf-8', await ownFile(page), headers);
      return true;
    }
    if (path === '/favicon.ico') return sendAsset('favicon.svg', response);
    if (!path.startsWith(ASSETS_PATH)) return false;
    const name = path.slice(ASSETS_PATH.length);
    if (name === 'tabs.json' && hasGraphiql) {
      sendText(response, 200, 'application/json; charset=utf-8', JSON.stringify(tabs), { 'cache-control': 'no-cache' });
      return true;
    }
    return sendAsset(name, response);
  };
}

/** Browsers accept HTML when they open a page. A URL with a query is a GraphQL request all the same. */
function wantsPage({ headers, url = '' }: IncomingMessage): boolean {
  return (headers.accept ?? '').includes('text/html') && !/[?&]query=/.test(url);
}

async function sendAsset(name: string, response: ServerResponse): Promise<boolean> {
  const asset = Object.hasOwn(PACKAGE_ASSETS, name) ? PACKAGE_ASSETS[name] : undefined;
  if (!asset && !OWN_ASSETS.has(name)) return false;
  const text = asset ? await packageFile(asset) : await ownFile(name);
  sendText(response, 200, TYPES[extname(name)] ?? 'text/plain', text, CACHED);
  return true;
}

const ownFile = (name: string) => readFile(join(OWN_FOLDER, name), 'utf8');

const packageFile = (asset: { package: string; file: string }) =>
  readFile(join(dirname(require.resolve(`${asset.package}/package.json`)), asset.file), 'utf8');
