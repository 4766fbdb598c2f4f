/** The nightly removal: rows of deleted accounts go, rows of others stay. Expired messages are tested in scheduling.test.ts. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { startTestMessaging } from '../../testing/test-messaging';
import { openTestNames } from '../../testing/test-names';

test('drafts and scheduled messages are deleted with their account', async () => {
  await using messaging = await startTestMessaging();
  await using names = await openTestNames(messaging);
  const [ada, bob] = [messaging.person(), messaging.person()];
  await names.user(ada, 'ada');
  await names.user(bob, 'bob');
  const channelId = await ada.creates({ members: [bob] });
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  for (const person of [ada, bob]) {
    await person.does('mutation ($c: ID!) { saveDraft(channelId: $c, body: "a draft") { body } }', {
      c: channelId,
    });
    await person.does('mutation ($i: ScheduleMessageInput!) { scheduleMessage(input: $i) { id } }', {
      i: { channelId, body: 'later', sendAt },
    });
  }

  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  await client.query('update identity.users set deleted_at = now() where id = $1', [ada.id]);
  await client.query(`select graphile_worker.add_job('messaging:remove-expired')`);
  const owners = async (column: string, table: string) =>
    (await client.query<{ id: string }>(`select ${column} as id from messaging.${table}`)).rows.map(({ id }) => id);
  await eventually(async () => {
    expect(await owners('user_id', 'drafts')).toEqual([bob.id]);
    expect(await owners('author_id', 'scheduled_messages')).toEqual([bob.id]);
  });
  await client.end();
});
