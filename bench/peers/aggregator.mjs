// A hand-written aggregator for the one query of the bench: the solution without a gateway.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { URL } from 'node:url';
import { Pool } from 'undici';
import { listening } from './listening.mjs';

const [messages, people] = JSON.parse(process.env.SUBGRAPHS).map(({ url }) => new URL(url));
const messagesPool = new Pool(messages.origin, { connections: 64 });
const peoplePool = new Pool(people.origin, { connections: 64 });

const HISTORY = `query ($channelId: ID!, $last: Int!) {
  messages(channelId: $channelId, last: $last) {
    edges { cursor node { id seq text sentAt author { id } } }
    pageInfo { hasPreviousPage startCursor }
  }
}`;
const PEOPLE = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on User { id displayName avatarUrl } }
}`;

async function ask(pool, query, variables) {
  const { body } = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = JSON.parse(await body.text());
  return data;
}

async function history(variables) {
  const { messages } = await ask(messagesPool, HISTORY, variables);
  const representations = new Map();
  for (const { node } of messages.edges) {
    const { id } = node.author;
    if (!representations.has(id)) representations.set(id, { __typename: 'User', id });
  }
  const { _entities } = await ask(peoplePool, PEOPLE, { representations: [...representations.values()] });
  const authors = new Map(_entities.map((person) => [person.id, person]));
  for (const { node } of messages.edges) node.author = authors.get(node.author.id);
  return { data: { messages } };
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString());
    const text = JSON.stringify(await history(variables));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
});
listening(server);
