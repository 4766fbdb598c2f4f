/** Drafts: unsent texts, one per account and channel. */
import type { MessagingFeature } from '../../feature';
import { draftPolicy } from './draft.policy';
import { DraftResolver } from './draft.resolver';
import { DraftService } from './draft.service';

export const draftFeature: MessagingFeature<{ services: { drafts: DraftService } }> = {
  name: 'drafts',
  resolvers: [DraftResolver],
  policy: draftPolicy,
  services: ({ config }) => ({ drafts: new DraftService(config.MESSAGE_MAX_LENGTH) }),
  accountRows: [{ table: 'drafts', column: 'user_id' }],
};
