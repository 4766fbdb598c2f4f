/** Reactions: emoji that accounts put on messages. */
import type { MessagingFeature } from '../../feature';
import { ownReactionsLoader, type OwnReactionsLoader } from './reaction.loader';
import { reactionPolicy } from './reaction.policy';
import { ReactionResolver } from './reaction.resolver';
import { ReactorLoader } from './reactor.loader';
import { ReactionService } from './reaction.service';

export const reactionFeature: MessagingFeature<{
  services: { reactions: ReactionService };
  loaders: { ownReactions: OwnReactionsLoader; reactors: ReactorLoader };
}> = {
  name: 'reactions',
  resolvers: [ReactionResolver],
  policy: reactionPolicy,
  services: ({ eventLog }) => ({ reactions: new ReactionService(eventLog) }),
  loaders: ({ em, viewer }) => ({
    ownReactions: ownReactionsLoader(em, viewer?.id ?? null),
    reactors: new ReactorLoader(em),
  }),
};
