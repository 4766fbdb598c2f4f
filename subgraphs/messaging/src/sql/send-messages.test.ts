/** send_messages decides as the rules in TypeScript do, and appends the events that the streams define. */
import type { Database } from '@chat/kit/database/database';
import { EventLog } from '@chat/kit/events/event-log';
import type { EventRow } from '@chat/kit/events/stream-kind';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { inboxStream, type InboxEvents } from '../attention/inbox.events';
import { ChannelAccessReader } from '../channels/channel-access.reader';
import { ChannelType } from '../channels/channel.entity';
import { channelStream, type ChannelEvents } from '../channels/channel.events';
import { canModerate, canModerateFromOutside, canSend, isGranted, type ChannelAccess } from '../channels/channel.rules';
import { insertMessages } from '../messages/message.store';
import { insertPlainMessages, isPlain } from '../messages/plain-messages.store';
import { draftOf } from '../testing/draft-of';
import { openTestDatabase } from '../testing/test-database';
import { startTestMessaging, type TestMessaging } from '../testing/test-messaging';

let messaging: TestMessaging;
let database: Database;
const pool = () => database.pool();
beforeAll(async () => {
  messaging = await startTestMessaging();
  database = await openTestDatabase(messaging);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});

const HOUR = 3_600_000;
const TYPES = [ChannelType.PUBLIC, ChannelType.PRIVATE, ChannelType.DIRECT];
const MUTES = [null, -HOUR, HOUR];

interface Situation {
  type: ChannelType;
  isArchived: boolean;
  slowModeSeconds: number;
  granted: 'WRITE' | 'MANAGE' | null;
  /** Null for an account that never was a member. Times are milliseconds from now. */
  member: { state: string; role: string; mutedUntil: number | null; lastSentAt: number | null } | null;
}

const members: Situation['member'][] = [
  null,
  ...['JOINED', 'LEFT', 'BANNED'].flatMap((state) =>
    ['OWNER', 'MODERATOR', 'MEMBER'].flatMap((role) =>
      MUTES.flatMap((mutedUntil) => [null, -HOUR, 0].map((lastSentAt) => ({ state, role, mutedUntil, lastSentAt }))),
    ),
  ),
];
const SITUATIONS: Situation[] = TYPES.flatMap((type) =>
  [false, true].flatMap((isArchived) =>
    [0, 60].flatMap((slowModeSeconds) =>
      ([null, 'WRITE', 'MANAGE'] as const).flatMap((granted) =>
        members.map((member) => ({ type, isArchived, slowModeSeconds, granted, member })),
      ),
    ),
  ),
);

type Decision = 'SENT' | 'CHANGED' | 'WAIT';

/** A channel in each situation, a draft of its account, and the decision of the rules. */
async function channelsIn(situations: readonly Situation[]) {
  const em = database.fork();
  const now = Date.now();
  const at = (offset: number | null) => (offset === null ? null : new Date(now + offset).toISOString());
  const cases = situations.map((situation) => ({ ...situation, channelId: newId(), accountId: newId() }));
  await em.execute(
    `insert into messaging.channels (id, type, name, direct_key, slow_mode_seconds, archived_at, created_by, created_at)
     select id, type, 'a channel', case when type = 'DIRECT' then id::text end, pause, case when archived then now() end, id, now()
     from jsonb_to_recordset(?::jsonb) as c (id uuid, type text, pause integer, archived boolean)`,
    [
      JSON.stringify(
        cases.map(({ channelId: id, type, slowModeSeconds: pause, isArchived: archived }) => ({
          id,
          type,
          pause,
          archived,
        })),
      ),
    ],
  );
  await em.execute(
    `insert into messaging.members (channel_id, user_id, state, role, joined_at, muted_until, last_sent_at)
     select channel, account, state, role, now(), muted, sent
     from jsonb_to_recordset(?::jsonb) as m (channel uuid, account uuid, state text, role text, muted timestamptz, sent timestamptz)`,
    [
      JSON.stringify(
        cases.flatMap(({ channelId: channel, accountId: account, member }) =>
          member ? [{ channel, account, ...member, muted: at(member.mutedUntil), sent: at(member.lastSentAt) }] : [],
        ),
      ),
    ],
  );
  const reader = new ChannelAccessReader(pool);
  return await Promise.all(
    cases.map(async ({ channelId, accountId, granted, ...situation }) => {
      const access: ChannelAccess = {
        viewerId: accountId,
        isInstallationModerator: false,
        granted: granted === 'MANAGE' ? ['WRITE', 'MANAGE'] : granted ? [granted] : [],
        ...(await reader.read(accountId, channelId))!,
      };
      // The draft has the grants; the membership of the request may have been another one.
      const before = { ...access, membership: null };
      const draft = draftOf(channelId, accountId, {
        isGranted: isGranted(before, 'WRITE'),
        isExempt: canModerateFromOutside(access),
      });
      const { member, slowModeSeconds, type } = situation;
      const isOwnDirect = type === ChannelType.DIRECT && canSend(access) === true;
      const mustWait = slowModeSeconds > 0 && member?.lastSentAt === 0 && (isOwnDirect || !canModerate(access));
      const expected: Decision = canSend(access) !== true ? 'CHANGED' : mustWait ? 'WAIT' : 'SENT';
      return { draft, expected, situation };
    }),
  );
}

test('the function and the rules agree for each state, role, mute, grant, slow mode and channel type, archived or not', async () => {
  const asked = await channelsIn(SITUATIONS);
  const { outcomes } = await insertMessages(
    pool,
    asked.map(({ draft }) => draft),
  );
  const decided = outcomes.map((outcome, index) => ({
    ...asked[index]!.situation,
    decision: 'refusal' in outcome ? outcome.refusal : 'SENT',
  }));
  expect(decided).toEqual(asked.map(({ situation, expected: decision }) => ({ ...situation, decision })));
  const count = (decision: string) => decided.filter((one) => one.decision === decision).length;
  expect(Math.min(count('SENT'), count('CHANGED'), count('WAIT'))).toBeGreaterThan(10);
});

test('the short way sends what the rules allow, unless it needs more', async () => {
  const asked = (await channelsIn(SITUATIONS)).map((one) => ({
    ...one,
    draft: { ...one.draft, isInPlainChannel: true },
  }));
  const plain = asked.filter(({ draft }) => isPlain(draft));
  const decided: { situation: Omit<Situation, 'granted'>; isSent: boolean }[] = [];
  for (const { draft, situation } of plain)
    decided.push({ situation, isSent: (await insertPlainMessages(pool, [draft])) !== undefined });
  const mayBeSent = ({ expected, situation: { type, slowModeSeconds, member } }: (typeof asked)[number]) =>
    expected === 'SENT' && type !== ChannelType.DIRECT && slowModeSeconds === 0 && member?.mutedUntil === null;
  expect(decided).toEqual(plain.map((one) => ({ situation: one.situation, isSent: mayBeSent(one) })));
  expect(decided.filter(({ isSent }) => isSent).length).toBeGreaterThan(10);
});

test('the events that it appends and returns are those of the streams', async () => {
  const em = database.fork();
  const [channelId, ada, ben] = [newId(), newId(), newId()];
  await em.execute(
    `insert into messaging.channels (id, type, direct_key, created_by, created_at) values (?, 'DIRECT', ?, ?, now())`,
    [channelId, channelId, ada],
  );
  for (const id of [ada, ben])
    await em.execute(
      `insert into messaging.members (channel_id, user_id, state, role, joined_at) values (?, ?, 'JOINED', 'MEMBER', now())`,
      [channelId, id],
    );
  const draft = draftOf(channelId, ada, { mentionedIds: [ben], addressedIds: [ben] });
  const { events } = await insertMessages(pool, [draft]);
  const about = { channelId, messageId: draft.id };
  const ofChannel: EventRow<ChannelEvents>[] = [
    { stream: channelStream.of(channelId), seq: 1, type: 'MessageAdded', payload: { messageId: draft.id } },
  ];
  const ofInbox: EventRow<InboxEvents>[] = [
    { stream: inboxStream.of(ben), seq: 1, type: 'DirectMessageReceived', payload: about },
    { stream: inboxStream.of(ben), seq: 2, type: 'Mentioned', payload: about },
  ];
  expect(events).toEqual([...ofChannel, ...ofInbox]);
  const log = new EventLog('messaging', undefined as never, createLogger('test', 'silent'));
  expect((await log.read(em, channelStream.of(channelId), 0)).rows).toEqual(ofChannel);
  expect((await log.read(em, inboxStream.of(ben), 0)).rows).toEqual(ofInbox);
});

test.each([null, 'WEBHOOK'] as const)(
  'a message to everybody has the same effects alone as among others (%s)',
  async (origin) => {
    const em = database.fork();
    const [channelId, otherId, ada] = [newId(), newId(), newId()];
    for (const id of [channelId, otherId])
      await em.execute(
        `insert into messaging.channels (id, type, name, created_by, created_at) values (?, 'PUBLIC', 'team', ?, now())`,
        [id, ada],
      );
    const add = (id: string, userId: string, state = 'JOINED', readSeq = 0, muted: string | null = null) =>
      em.execute(
        `insert into messaging.members (channel_id, user_id, state, role, joined_at, read_seq, notifications_muted_until)
         values (?, ?, ?, 'MEMBER', now(), ?, now() + ?::interval)`,
        [id, userId, state, readSeq, muted],
      );
    const [ben, banned, left, ahead, muted, unmuted] = Array.from({ length: 6 }, () => newId()) as [
      string,
      ...string[],
    ];
    for (const id of [channelId, otherId]) await add(id, ada);
    await add(channelId, ben);
    await add(channelId, banned!, 'BANNED');
    await add(channelId, left!, 'LEFT');
    await add(channelId, ahead!, 'JOINED', 1000);
    await add(channelId, muted!, 'JOINED', 0, '1 hour');
    await add(channelId, unmuted!, 'JOINED', 0, '-1 hour');

    const effectsOf = async (isAlone: boolean) => {
      await em.execute('update messaging.members set mention_count = 0 where channel_id = ?', [channelId]);
      const draft = draftOf(channelId, ada, { isToEverybody: true, origin });
      const { events } = await insertMessages(pool, isAlone ? [draft] : [draft, draftOf(otherId, ada)]);
      const mentioned = events.filter(({ type }) => type === 'Mentioned');
      for (const { payload } of mentioned) expect(payload).toEqual({ channelId, messageId: draft.id });
      const log = new EventLog('messaging', undefined as never, createLogger('test', 'silent'));
      for (const { stream, seq } of mentioned)
        expect((await log.read(em, stream as never, seq - 1)).rows).toEqual(
          mentioned.filter((one) => one.stream === stream),
        );
      const counted = await em.execute<{ id: string }[]>(
        'select user_id as id from messaging.members where channel_id = ? and mention_count = 1',
        [channelId],
      );
      const [row] = await em.execute<{ silent_id: string | null }[]>(
        'select silent_id from messaging.channel_mentions where message_id = ?',
        [draft.id],
      );
      const told = mentioned.map(({ stream }) => stream.replace('inbox:', ''));
      return { told: told.sort(), counted: counted.map(({ id }) => id).sort(), silent: row!.silent_id };
    };
    const author = origin ? [ada] : [];
    const expected = {
      told: [ben, ahead, unmuted, ...author].sort(),
      counted: [ben, muted, unmuted, ...author].sort(),
      silent: origin ? null : ada,
    };
    expect(await effectsOf(true)).toEqual(expected);
    expect(await effectsOf(false)).toEqual(expected);
  },
);
