/** The processes behind a message, with senders and channels. Sends nothing itself. */
import { sql } from '@chat/kit/testing/sql';
import { request } from '../load/follower';
import { startStack, tokenOf, type Stack } from './stack';

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';

export const STACK_PROCESSES = ['gateway', 'messaging', 'identity', 'PostgreSQL', 'Redis'] as const;
export type StackProcess = (typeof STACK_PROCESSES)[number];

export interface MessageStack extends Stack<'messaging' | 'identity'> {
  /** An access token for each sender. */
  tokens: string[];
  /** All senders are members of all of them. */
  channels: string[];
}

export interface MessageStackOptions {
  senders: number;
  channels: number;
  checkout?: string;
}

export async function startMessageStack({ senders, channels, checkout }: MessageStackOptions): Promise<MessageStack> {
  await using parts = new AsyncDisposableStack();
  const stack = parts.use(await startStack(['identity', 'messaging'], checkout));
  const people = await addAccounts(stack.postgresUrl, senders);
  const tokens = people.map(tokenOf);
  const input = { name: 'bench', memberIds: people };
  const ids: string[] = [];
  while (ids.length < channels) {
    const { createChannel } = await request<{ createChannel: { id: string } }>(stack.url, CREATE, { input }, tokens[0]);
    ids.push(createChannel.id);
  }
  await sql(stack.postgresUrl, 'analyze'); // as autovacuum does within a minute
  parts.move();
  return { ...stack, tokens, channels: ids };
}

/** By SQL, since the hash of a password takes longer than everything else. Nobody can log in by them. @returns their ids */
async function addAccounts(postgresUrl: string, count: number): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    postgresUrl,
    `insert into identity.users (id, username, username_key, username_skeleton, display_name, roles, created_at)
     select uuidv7(), name, name, name, name, '{USER}', now() from generate_series(1, $1::int) n, concat('sender', n) name
     returning id`,
    [count],
  );
  return rows.map(({ id }) => id);
}
