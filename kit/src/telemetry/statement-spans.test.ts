/** Spans of statements and commands, against the real PostgreSQL and Redis. */
import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { Pool } from 'pg';
import { guardedClient } from '../database/guarded-client';
import { createLogger } from '../logging';
import { closeRedis, connectRedis } from '../redis';
import { createTestDatabase } from '../testing/test-database';
import { testRedisUrl } from '../testing/test-redis';
import { startTracing, tracer } from './tracing';

test('statements and commands are spans of the operation that caused them, without values', async () => {
  await using parts = new AsyncDisposableStack();
  const database = parts.use(await createTestDatabase('nothing', async () => undefined));
  const redis = parts.adopt(connectRedis(testRedisUrl(), createLogger('test', 'silent')), closeRedis);
  const Client = guardedClient({ applicationName: 'test' });
  const pool = parts.adopt(new Pool({ connectionString: database.url, Client, max: 1 }), (open) => open.end());
  const spans: ReadableSpan[] = [];
  const exporter = {
    export: (batch: ReadableSpan[], done: (result: { code: number }) => void) => {
      spans.push(...batch);
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  await pool.query('select 1 as outside');
  const tracing = await startTracing('test', '', exporter);
  await pool.query('select 1 as outside');
  await redis.get('outside');
  const traceId = await tracer().startActiveSpan('operation', async (span) => {
    await pool.query("select $1::text as inside, 'secret' as literal", ['secret']);
    const client = await pool.connect();
    await client.query({ text: 'select 2 as config' });
    await client.query("select e'secret\\'' as escaped");
    client.release();
    await expect(pool.query('select nothing')).rejects.toThrow(/does not exist/);
    await redis.set('inside', 'secret', 'PX', 1);
    await expect(redis.call('NONSENSE')).rejects.toThrow();
    span.end();
    return span.spanContext().traceId;
  });
  await tracing[Symbol.asyncDispose]();

  const inside = spans.filter(({ name }) => name !== 'operation');
  expect(inside.map(({ name, attributes, status }) => [name, attributes['db.query.text'], status.code])).toEqual([
    ['postgresql SELECT', "select $1::text as inside, '?' as literal", SpanStatusCode.UNSET],
    ['postgresql SELECT', 'select 2 as config', SpanStatusCode.UNSET],
    ['postgresql SELECT', undefined, SpanStatusCode.UNSET],
    ['postgresql SELECT', 'select nothing', SpanStatusCode.ERROR],
    ['redis set', undefined, SpanStatusCode.UNSET],
    ['redis NONSENSE', undefined, SpanStatusCode.ERROR],
  ]);
  expect(new Set(inside.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
  expect(JSON.stringify(inside.map(({ attributes }) => attributes))).not.toContain('secret');
});
