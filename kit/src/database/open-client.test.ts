/** A connection outside the pools. */
import { testEnvironment } from '../testing/environment';
import { sql } from '../testing/sql';
import { openClient } from './open-client';

test('a connection that the server closes between two statements is an error of the next one', async () => {
  const { postgresUrl } = testEnvironment();
  await using client = await openClient(postgresUrl);
  const closed = new Promise((resolve) => void client.once('end', resolve));
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await sql(postgresUrl, 'select pg_terminate_backend($1)', [rows[0]!.pid]);
  await closed;
  await expect(client.query('select 1')).rejects.toThrow(/not queryable/);
});
