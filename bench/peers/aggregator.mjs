// A hand-written aggregator for the one query of the bench: the solution without a gateway, as lean as Node's own server and
// undici allow. It serves nothing else: no deadlines, retries, limits, tokens, metrics or logs.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { URL } from 'node:url';
import { Pool } from 'undici';
import { listening } from './listening.mjs';

const [messagesPool, peoplePool] = JSON.parse(process.env.SUBGRAPHS).map(
  ({ url }) => new Pool(new URL(url).origin, { connections: 64 }),
);

const HISTORY = headOf(`query ($channelId: ID!, $last: Int!) {
  messages(channelId: $channelId, last: $last) {
    edges { cursor node { id seq text sentAt author { id } } }
    pageInfo { hasPreviousPage startCursor }
  }
}`);
const PEOPLE = headOf(`query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on User { id displayName avatarUrl } }
}`);
const HEADERS = ['content-type', 'application/json'];

/** The constant part of a request, up to its variables. */
function headOf(query) {
  return `${JSON.stringify({ query }).slice(0, -1)},"variables":`;
}

/** Collects one response; undici's interface below its promises and streams. */
class Collector {
  chunks = [];

  constructor(onData, onError) {
    this.onData = onData;
    this.onError = onError;
  }

  onRequestStart() {}
  onResponseStart() {}

  onResponseData(_controller, chunk) {
    this.chunks.push(chunk);
  }

  onResponseEnd() {
    const { chunks } = this;
    const text = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString();
    this.onData(JSON.parse(text).data);
  }

  onResponseError(_controller, error) {
    this.onError(error);
  }
}

function ask(pool, body, onData, onError) {
  const options = { path: '/graphql', method: 'POST', headers: HEADERS, body, headersTimeout: 0, bodyTimeout: 0 };
  pool.dispatch(options, new Collector(onData, onError));
}

function answer(variables, response) {
  const fail = () => response.destroy();
  const complete = ({ messages }) => {
    const ids = new Set();
    for (const { node } of messages.edges) ids.add(node.author.id);
    const representations = Array.from(ids, (id) => ({ __typename: 'User', id }));
    const merge = ({ _entities }) => {
      const authors = new Map();
      for (const person of _entities) authors.set(person.id, person);
      for (const { node } of messages.edges) node.author = authors.get(node.author.id);
      const text = JSON.stringify({ data: { messages } });
      response.writeHead(200, ['content-type', 'application/json', 'content-length', Buffer.byteLength(text)]);
      response.end(text);
    };
    ask(peoplePool, `${PEOPLE}${JSON.stringify({ representations })}}`, merge, fail);
  };
  ask(messagesPool, `${HISTORY}${JSON.stringify(variables)}}`, complete, fail);
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    answer(JSON.parse(body.toString()).variables, response);
  });
});
listening(server);
