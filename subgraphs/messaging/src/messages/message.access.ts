/** Access to a message by id, shared by resolvers. */
import { notFound } from '@chat/kit/errors';
import type { MessagingContext } from '../context';
import type { MessageEntity } from './message.entity';
import type { MessageAccess } from './message.loader';

/** @throws NOT_FOUND if it does not exist or the viewer may not see it. */
export async function accessMessage({ loaders }: MessagingContext, id: string): Promise<MessageAccess> {
  const found = await loaders.message.accessMessage(id);
  if (!found) throw notFound('Message');
  return found;
}

/** Reloads a message after a change. */
export async function changedMessage(context: MessagingContext, { message }: MessageAccess): Promise<MessageEntity> {
  context.loaders.message.clear(message.id);
  return (await accessMessage(context, message.id)).message;
}
