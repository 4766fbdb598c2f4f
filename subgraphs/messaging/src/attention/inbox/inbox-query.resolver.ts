/** The inbox as a client loads it: a cursor to follow it from, the viewer's channels and past mentions. */
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, Int, Query, Resolver } from 'type-graphql';
import { ChannelConnection } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import { Inbox, MentionConnection } from './inbox-query.type';
import { listOwnChannels } from './own-channels.list';
import { listMentions } from './past-mentions.list';

@Resolver(() => Inbox)
export class InboxQueryResolver {
  @Query(() => Inbox, {
    description: 'The inbox of the viewer. Load it, then follow the `inbox` subscription from its cursor.',
  })
  async inbox(@Ctx() context: MessagingContext): Promise<Inbox> {
    // The fields of the object are read after the cursor, so no event between them is lost.
    return { cursor: await context.services.inbox.cursor(context.em, viewerOf(context).id) };
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => ChannelConnection, {
    description:
      'The channels of which the viewer is a member, latest activity first (`lastActivityAt`), without archived ones unless they are asked for. A channel with new messages moves to the front, so a later page may leave it out.',
  })
  channels(
    @Ctx() context: MessagingContext,
    @Arg('includeArchived', () => Boolean, { defaultValue: false, description: 'Also lists archived channels.' })
    includeArchived: boolean,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    const page = { includeArchived, first, after, last, before };
    return listOwnChannels(context.em, viewerOf(context).id, page);
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => MentionConnection, {
    description:
      'Messages that mention the viewer, newest first, in channels of which the viewer is a member. Kept as long as the messages.',
  })
  mentions(
    @Ctx() context: MessagingContext,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    return listMentions(context.em, viewerOf(context).id, { first, after, last, before });
  }
}
