/** Drafts in the graph. */
import { viewerOf } from '@chat/kit/graphql/context';
import { textArgument } from '@chat/kit/graphql/text';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Channel } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import { MAX_DRAFTS, type DraftEntity } from './draft.service';
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

  @Mutation(() => Draft, {
    description: 'Saves the draft of the viewer for a channel; an empty body removes it. For members.',
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
