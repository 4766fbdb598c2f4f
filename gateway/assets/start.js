/**
 * Starts GraphiQL with the installation's own tabs. If a response has an access token, the page sends it with all later requests
 * of this window and of other windows of the page. The token stays in memory.
 */
const { protocol, host } = location;
const send = GraphiQL.createFetcher({
  url: '/graphql',
  subscriptionUrl: (protocol === 'https:' ? 'wss://' : 'ws://') + host + '/graphql',
});

let token;
const windows = new BroadcastChannel('graphiql-session');
windows.onmessage = ({ data }) => {
  if (data.isQuestion && token) windows.postMessage({ token });
  if (data.token && data.token !== token) logIn(data.token);
};
windows.postMessage({ isQuestion: true });

function logIn(accessToken) {
  token = accessToken;
  render();
}

/** Takes the token of register, login, loginAsGuest and refreshSession, under any alias. */
function readToken(result) {
  for (const { data } of [result].flat()) {
    for (const field of Object.values(data ?? {})) {
      if (typeof field?.accessToken !== 'string') continue;
      logIn(field.accessToken);
      windows.postMessage({ token });
    }
  }
  return result;
}

/** GraphiQL gets responses as iterables. A generator around one could not end while it waits for the next event. */
function readTokens(results) {
  return {
    [Symbol.asyncIterator]() {
      const iterator = results[Symbol.asyncIterator]();
      return {
        next: () => iterator.next().then((step) => (step.done || readToken(step.value), step)),
        return: (value) => iterator.return?.(value) ?? Promise.resolve({ done: true, value }),
      };
    },
  };
}

/** For a moment after a change of the tab, GraphiQL sends the name and the syntax tree of the last tab's operation. */
function ofThisTab(params, options) {
  const text = params.query.replace(/#.*$/gm, '');
  const operations = [...text.matchAll(/\b(query|mutation|subscription)\s+(\w+)/g)];
  const isCurrent = !params.operationName || operations.some((match) => match[2] === params.operationName);
  if (isCurrent || !operations[0]) return [params, options];
  const [, operation, name] = operations[0];
  const definition = { kind: 'OperationDefinition', operation, name: { kind: 'Name', value: name } };
  const documentAST = { kind: 'Document', definitions: [definition] };
  return [
    { ...params, operationName: name },
    { ...options, documentAST },
  ];
}

function fetcher(params, options = {}) {
  const headers = { ...options.headers };
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  if (token && !isGiven) headers.authorization = `Bearer ${token}`;
  return Promise.resolve(send(...ofThisTab(params, { ...options, headers }))).then((result) =>
    result?.[Symbol.asyncIterator] ? readTokens(result) : readToken(result),
  );
}

const root = ReactDOM.createRoot(document.getElementById('graphiql'));
const { createElement } = React;
let tabs = [];
let welcome;

function render() {
  const session = token
    ? 'Logged in. This page sends the token with every request; it is valid for a few minutes.'
    : 'Not logged in. Run one of the first tabs: the page then sends the token with every request.';
  root.render(
    createElement(
      GraphiQL,
      { fetcher, shouldPersistHeaders: false, defaultTabs: tabs, defaultQuery: welcome },
      createElement(GraphiQL.Footer, null, createElement('div', { className: 'session' }, session)),
    ),
  );
}

/** Texts of the tabs may contain `{{random}}`, for names that must be unique. */
const random = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join('');

fetch('/graphql/assets/tabs.json')
  .then((response) => response.json())
  .then((files) => {
    welcome = files.welcome;
    tabs = files.tabs.map((query) => ({
      query: query.replaceAll('{{random}}', random),
      variables: null,
      headers: null,
    }));
  })
  .finally(render);
