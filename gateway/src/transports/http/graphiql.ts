/** Serves GraphiQL to browsers at `/graphql`, with all its assets. Its content security policy allows no other sources. */
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { pathOf, type Route } from './gateway-server';
import { sendText } from './respond';

const ASSETS_PATH = '/graphql/assets/';

/** File name → package and path. */
const ASSETS: Readonly<Record<string, { package: string; file: string }>> = {
  'react.js': { package: 'react', file: 'umd/react.production.min.js' },
  'react-dom.js': { package: 'react-dom', file: 'umd/react-dom.production.min.js' },
  'graphiql.js': { package: 'graphiql', file: 'graphiql.min.js' },
  'graphiql.css': { package: 'graphiql', file: 'graphiql.min.css' },
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>GraphiQL</title>
    <link rel="stylesheet" href="${ASSETS_PATH}graphiql.css" />
    <link rel="stylesheet" href="${ASSETS_PATH}page.css" />
    <script defer src="${ASSETS_PATH}react.js"></script>
    <script defer src="${ASSETS_PATH}react-dom.js"></script>
    <script defer src="${ASSETS_PATH}graphiql.js"></script>
    <script defer src="${ASSETS_PATH}start.js"></script>
  </head>
  <body><div id="graphiql">Loading…</div></body>
</html>
`;

const STYLE = 'body { margin: 0 } #graphiql { height: 100vh }';

/** Subscriptions use graphql-ws; GraphiQL sends its headers tab as connection parameters. */
const START = `const { protocol, host } = location;
const fetcher = GraphiQL.createFetcher({
  url: '/graphql',
  subscriptionUrl: (protocol === 'https:' ? 'wss://' : 'ws://') + host + '/graphql',
});
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, shouldPersistHeaders: false }),
);
`;

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

/** Serves the page and its assets if `isEnabled`. */
export function graphiqlRoute(isEnabled: boolean): Route {
  return (request, response) => {
    if (!isEnabled || request.method !== 'GET') return false;
    const path = pathOf(request);
    if (path === '/graphql' && wantsPage(request)) {
      sendText(response, 200, 'text/html; charset=utf-8', PAGE, { 'content-security-policy': POLICY });
      return true;
    }
    return path.startsWith(ASSETS_PATH) && sendAsset(path.slice(ASSETS_PATH.length), response);
  };
}

/** Browsers accept HTML when they open a page. A URL with a query is a GraphQL request all the same. */
function wantsPage({ headers, url = '' }: IncomingMessage): boolean {
  return (headers.accept ?? '').includes('text/html') && !/[?&]query=/.test(url);
}

function sendAsset(name: string, response: ServerResponse): boolean {
  const type = `${name.endsWith('.css') ? 'text/css' : 'text/javascript'}; charset=utf-8`;
  const caching = { 'cache-control': 'public, max-age=3600' };
  if (name === 'page.css' || name === 'start.js') {
    sendText(response, 200, type, name === 'page.css' ? STYLE : START, caching);
    return true;
  }
  const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (!asset) return false;
  const folder = dirname(require.resolve(`${asset.package}/package.json`));
  response.writeHead(200, { 'content-type': type, ...caching });
  createReadStream(join(folder, asset.file))
    .on('error', () => response.destroy())
    .pipe(response);
  return true;
}
