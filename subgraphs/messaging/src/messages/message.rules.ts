/** Who may what with a message, as plain questions: true, or why not. Knows neither GraphQL nor SQL. */
import { canModerate, canSend, isGranted, isMember } from '../channels/channel.rules';
import type { MessageAccess } from './message.loader';

const isAuthor = ({ message, viewerId }: MessageAccess): boolean => message.author.id === viewerId;

export const canEdit = (access: MessageAccess): true | string =>
  isAuthor(access) ? canSend(access) : 'Only its author changes a message.';

export const canDelete = (access: MessageAccess): true | string =>
  (isAuthor(access) && isMember(access)) || canModerate(access) || isGranted(access, 'DELETE')
    ? true
    : 'Only its author and the moderators of the channel delete a message.';
