/** The processes behind a message, with senders and channels. Sends nothing itself. */
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
  const people: string[] = [];
  while (people.length < senders) people.push(await register(stack.url, `sender${people.length}`));
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
