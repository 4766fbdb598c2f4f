/** Drafts in the graph. */
import { HOUSEKEEPING } from '@chat/kit/graphql/live-directives';
import { viewerOf } from '@chat/kit/graphql/context';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { textArgument } from '@chat/kit/graphql/text';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Channel } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import type { InboxEvents } from '../../attention/inbox.events';
import { DraftChanged } from '../../attention/inbox/inbox.type';
import type { DraftEntity } from './draft.entity';
import { MAX_DRAFTS } from './draft.service';
import { Draft } from './draft.type';

@Resolver(() => Draft)
export class DraftResolver {
  @Directive(assumedSize(20))
  @Query(() => [Draft], { description: `The viewer's drafts, last saved first: at most ${MAX_DRAFTS}.` })
  drafts(@Ctx() context: MessagingContext) {
    return context.services.drafts.drafts(context.em, viewerOf(context).id);
  }

  @FieldResolver(() => Channel, { description: 'The channel of the draft.' })
  channel(@Ctx() { loaders }: MessagingContext, @Root() draft: DraftEntity) {
    return loaders.channel.channelOf(draft);
  }

  @Directive(HOUSEKEEPING)
  @Mutation(() => Draft, {
    description:
      'Saves the draft of the viewer for a channel; an empty body removes it. The inbox tells the other devices of the viewer (DraftChanged). For members.',
  })
  saveDraft(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
    @Arg('body', () => String, {
      validateFn: textArgument('body', { min: 0, max: Infinity, multiline: true }),
      description: 'Unfinished Markdown, at most as long as a message.',
    })
    body: string,
  ) {
    return context.services.drafts.saveDraft(context.em, viewerOf(context).id, channelId.toLowerCase(), body);
  }
}

@Resolver(() => DraftChanged)
export class DraftChangedResolver {
  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Draft, { nullable: true, description: 'The present draft; null if it was removed.' })
  draft(@Ctx() { loaders }: MessagingContext, @Root() { channelId }: InboxEvents['DraftChanged']) {
    return loaders.draft.load(channelId);
  }
}
