/** Resolvers of reports. */
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { textArgument } from '@chat/kit/graphql/text';
import { notFound } from '@chat/kit/errors';
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { Directive, Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../context';
import { accessMessage } from '../messages/message.access';
import { Message } from '../messages/message.type';
import { accessReport } from './report.policy';
import type { ReportEntity } from './report.entity';
import { Report, ReportAction, ReportConnection } from './report.type';

@Resolver(() => Report)
export class ReportResolver {
  @Query(() => ReportConnection, {
    description: 'Open reports of the channels that the viewer moderates, oldest first.',
  })
  async reports(
    @Ctx() context: MessagingContext,
    @Arg('channelId', () => ID, { nullable: true, description: 'Only reports of this channel.' }) channelId?: string,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    const viewer = viewerOf(context);
    const managed = await context.grants.ids(viewer, 'MANAGE', 'Channel');
    return context.services.reports.reports(context.em, viewer, managed, channelId, { first, after, last, before });
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Message, {
    nullable: true,
    description: 'The reported message; null if the viewer may no longer see it.',
  })
  async message(@Ctx() { loaders }: MessagingContext, @Root() { messageId }: ReportEntity) {
    return (await loaders.message.accessMessage(messageId))?.message ?? null;
  }

  @Mutation(() => Report, {
    description: 'Reports a message to the moderators of its channel. Requires permission to see the message.',
  })
  async reportMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The message.' }) id: string,
    @Arg('reason', () => String, {
      validateFn: textArgument('reason', { max: 1000, multiline: true }),
      description: 'The reason: 1 to 1000 characters.',
    })
    reason: string,
  ) {
    return context.services.reports.reportMessage(context.em, await accessMessage(context, id), reason);
  }

  @Mutation(() => Report, { description: 'Resolves a report. Requires an owner or moderator of its channel.' })
  async resolveReport(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The report.' }) id: string,
    @Arg('action', () => ReportAction, { description: 'The action.' }) action: ReportAction,
  ) {
    const found = await accessReport(context, id);
    if (!found) throw notFound('Report');
    const report = await context.services.reports.resolveReport(context.em, found.report, found.access, action);
    context.loaders.message.clear(report.messageId);
    return report;
  }
}
