/**
 * The cost of authentication and authorisation per request, in microseconds, at 10, 1,000 and 100,000 accounts with three
 * grants each: the viewer of a token (cached, and seen for the first time), and a grant on a resource (cached, and read from
 * PostgreSQL).
 */
import { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { loadConfig } from '@chat/kit/config';
import { Database } from '@chat/kit/database/database';
import { createLogger } from '@chat/kit/logging';
import { startTestServices } from '@chat/kit/testing/services';
import { createIdentity, identityVariables } from '@chat/identity';
import { z } from 'zod';
import { Authenticator } from '../gateway/src/auth/authenticator';
import { Tokens } from '../subgraphs/identity/src/sessions/tokens';
import { numberOptions } from './harness/options';
import { CELLS, heading, table, type Figures } from './harness/report';
import { interleave } from './harness/rounds';

const SECRET_KEY = 'a secret key that only benchmarks have';
const MEASURES = {
  known: 'viewer, known token, µs',
  fresh: 'viewer, new token, µs',
  remembered: 'grant, cached, µs',
  read: 'grant, read, µs',
};

/** The most accounts that send requests in a round. */
const ASKING = 1000;

interface Candidate {
  name: string;
  database: Database;
  /** The accounts that send requests. */
  people: Viewer[];
}

async function main(): Promise<void> {
  const { rounds, repeat } = numberOptions({ rounds: 5, repeat: 50 });
  await using services = await startTestServices();
  const log = createLogger('bench', 'warn');
  const tokens = new Tokens(SECRET_KEY, 3600);

  const sizes = [10, 1000, 100_000];
  await using stack = new AsyncDisposableStack();
  const candidates: Candidate[] = [];
  for (const size of sizes) {
    const url = new URL(services.postgres.url);
    const admin = stack.use(await open(services.postgres.url, log));
    await admin.fork().execute(`create database accounts_${size}`);
    url.pathname = `accounts_${size}`;
    const config = loadConfig(z.object(identityVariables), {
      DATABASE_URL: url.href,
      REDIS_URL: services.redis.url,
      REDIS_PREFIX: `${size}:`,
      SECRET_KEY,
      LOG_LEVEL: 'warn',
    });
    await using identity = await createIdentity(config);
    await identity.ready();
    const database = stack.use(await open(url.href, log));
    candidates.push({ name: `${size.toLocaleString('en')} accounts`, database, people: await fill(database, size) });
  }

  const measure = async ({ database, people }: Candidate): Promise<Figures<keyof typeof MEASURES>> => {
    const authenticator = new Authenticator({
      secret: SECRET_KEY,
      revocations: { isCurrent: true, isRevoked: () => false },
    });
    const grants = new Grants(() => database.fork(), { ttlMs: 3_600_000 });
    const asking = people.map((viewer) => ({
      viewer,
      token: tokens.accessToken({ ...viewer, userId: viewer.id }).accessToken,
      resource: { type: 'Channel', id: `channel-${viewer.id.slice(-4)}` },
    }));
    const fresh = await microseconds(asking, 1, ({ token }) => authenticator.authenticate(token));
    const known = await microseconds(asking, repeat, ({ token }) => authenticator.authenticate(token));
    const read = await microseconds(asking, 1, ({ viewer, resource }) => grants.can(viewer, 'WRITE', resource));
    const remembered = await microseconds(asking, repeat, ({ viewer, resource }) =>
      grants.can(viewer, 'WRITE', resource),
    );
    return { known, fresh, remembered, read };
  };
  for (const candidate of candidates) await measure(candidate); // warms up
  const figures = await interleave(candidates, rounds, measure);
  const how = `Up to ${ASKING} accounts send requests, one after the other, in ${rounds} interleaved rounds; cached values are read ${repeat} times.`;
  const names = candidates.map(({ name }) => name);
  process.stdout.write(
    `${heading('identity: authentication and authorisation', how)}\n${table(names, MEASURES, figures)}\n${CELLS}`,
  );
}

async function open(url: string, log: ReturnType<typeof createLogger>): Promise<Database> {
  const database = await Database.open({ url, schema: 'bench', entities: [], migrations: [], log });
  await database.ready();
  return database;
}

/** Creates `size` accounts with three grants each. @returns the accounts that will send requests */
async function fill(database: Database, size: number): Promise<Viewer[]> {
  const em = database.fork();
  await em.transactional(async (tx) => {
    await tx.execute('set local statement_timeout = 0');
    await tx.execute(
      `insert into identity.users (id, username, username_key, username_skeleton, display_name, roles, created_at)
       select uuidv7(), 'person' || n, 'person' || n, 'person' || n, 'Person ' || n, '{USER}', now()
       from generate_series(1, ?) n`,
      [size],
    );
    await tx.execute(
      `insert into identity.grants (id, user_id, resource_type, resource_id, permission, created_at)
       select uuidv7(), id, type, lower(type) || '-' || right(id::text, 4), 'WRITE', now()
       from identity.users, unnest(array['Channel', 'Page', 'Room']) type`,
    );
    await tx.execute('analyze identity.users, identity.grants');
  });
  const rows = await em.execute<{ id: string }[]>('select id from identity.users order by username_key limit ?', [
    ASKING,
  ]);
  return rows.map(({ id }) => ({
    id,
    sessionId: id,
    roles: ['USER'],
    permissions: ['READ', 'WRITE'],
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
  }));
}

/** The mean duration of one call, over all `items`, `repeat` times. */
async function microseconds<Item>(
  items: readonly Item[],
  repeat: number,
  call: (item: Item) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  for (let turn = 0; turn < repeat; turn++) for (const item of items) await call(item);
  return ((performance.now() - began) * 1000) / (items.length * repeat);
}

void main();
