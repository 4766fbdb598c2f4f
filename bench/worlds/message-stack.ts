/** The processes behind a message, with senders and channels. Sends nothing itself. */
import { request } from '../load/follower';
import { startStack, tokenOf, type Stack } from './stack';

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';

export const STACK_PROCESSES = ['gateway', 'messaging', 'identity', 'PostgreSQL', 'Redis'] as const;
export type StackProcess = (typeof STACK_PROCESSES)[number];

/** Registrations at once, which wait for the hash of a password. */
const AT_ONCE = 4;

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
  const people: string[] = [];
  while (people.length < senders) {
    const names = Array.from(
      { length: Math.min(AT_ONCE, senders - people.length) },
      (_, i) => `sender${people.length + i}`,
    );
    people.push(...(await Promise.all(names.map((name) => register(stack.url, name)))));
  }
  const tokens = people.map(tokenOf);
  const input = { name: 'bench', memberIds: people };
  const ids: string[] = [];
  while (ids.length < channels) {
    const { createChannel } = await request<{ createChannel: { id: string } }>(stack.url, CREATE, { input }, tokens[0]);
    ids.push(createChannel.id);
  }
  parts.move();
  return { ...stack, tokens, channels: ids };
}

async function register(url: string, username: string): Promise<string> {
  const input = { username, email: `${username}@example.org`, password: 'violet tractor gymnast' };
  const query = 'mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }';
  return (await request<{ register: { user: { id: string } } }>(url, query, { input })).register.user.id;
}
