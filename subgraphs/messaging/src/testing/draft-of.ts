/** Drafts of messages for tests that write them without the service. */
import { newId } from '@chat/kit/ids';
import type { MessageDraft } from '../messages/message-draft';

export const draftOf = (channelId: string, authorId: string, more: Partial<MessageDraft> = {}): MessageDraft => ({
  id: newId(),
  channelId,
  authorId,
  parentId: null,
  body: 'hello',
  mentionedIds: [],
  addressedIds: [],
  isToEverybody: false,
  clientMutationId: null,
  digest: null,
  isGranted: false,
  isExempt: false,
  filterVersion: 0,
  origin: null,
  ...more,
});
