/** The answers of plugins to commands and actions. Comes from strangers' code, so everything of it is checked. */
import { ApiError } from '@chat/kit/errors';
import { z } from 'zod';
import { buttons } from '../api/plugin.messages';

const reply = z.union([
  z.string().transform((text) => ({ text, visibility: 'private' as const, buttons: undefined })),
  z.object({
    text: z.string().max(100_000).default(''),
    visibility: z.enum(['private', 'channel']).default('private'),
    buttons: buttons.optional(),
  }),
  z.null().transform(() => ({ text: '', visibility: 'private' as const, buttons: undefined })),
]);

export type Reply = z.output<typeof reply>;

/** @throws TIMEOUT; SERVICE_UNAVAILABLE with the reason */
export function replyOf({ end, value, error }: { end: string; value?: unknown; error?: string }, what: string): Reply {
  if (end === 'time') throw new ApiError('TIMEOUT', `The plugin did not answer ${what} in time.`);
  if (end !== 'returned') throw new ApiError('SERVICE_UNAVAILABLE', `The plugin failed at ${what}: ${error ?? end}`);
  const { data } = reply.safeParse(value);
  if (!data) throw new ApiError('SERVICE_UNAVAILABLE', `The plugin gave no valid answer to ${what}.`);
  return { ...data, text: data.text.toWellFormed() };
}
