/** Permission checks for messages as pure functions; each returns true or a reason. Independent of GraphQL and SQL. */
import { canModerate, canSend, isGranted, isMember } from '../channels/channel.rules';
import type { MessageAccess } from './message.loader';

const isAuthor = ({ message, viewerId }: MessageAccess): boolean => message.author.id === viewerId;

export const canEdit = (access: MessageAccess): true | string =>
  isAuthor(access) ? canSend(access) : 'Only the author may edit a message.';

export const canDelete = (access: MessageAccess): true | string =>
  (isAuthor(access) && isMember(access)) || canModerate(access) || isGranted(access, 'DELETE')
    ? true
    : 'Only the author and the moderators of the channel may delete a message.';
