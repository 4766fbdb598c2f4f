/** Drafts: unsent texts, one per account and channel. */
import type { MessagingFeature } from '../../feature';
import { draftLoader, type DraftLoader } from './draft.loader';
import { draftPolicy } from './draft.policy';
import { DraftChangedResolver, DraftResolver } from './draft.resolver';
import { DraftService } from './draft.service';

export const draftFeature: MessagingFeature<{ services: { drafts: DraftService }; loaders: { draft: DraftLoader } }> = {
  name: 'drafts',
  resolvers: [DraftResolver, DraftChangedResolver],
  policy: draftPolicy,
  services: ({ config, eventLog }) => ({ drafts: new DraftService(eventLog, config.MESSAGE_MAX_LENGTH) }),
  loaders: ({ em, viewer }) => ({ draft: draftLoader(em, viewer?.id ?? null) }),
  accountRows: [{ table: 'drafts', column: 'user_id' }],
};
