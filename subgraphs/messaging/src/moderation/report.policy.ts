/** Rules for reports: viewers of a message may report it; moderators of its channel see and resolve reports. */
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import { notFound } from '@chat/kit/errors';
import { mayWrite } from '../channels/channel.policy';
import { canModerate } from '../channels/channel.rules';
import type { MessagingContext } from '../context';
import type { MessageAccess } from '../messages/message.loader';
import { seesMessage } from '../messages/message.policy';
import type { ReportEntity } from './report.entity';

/** The report, or null if the viewer does not moderate its channel. */
export async function accessReport(
  { em, loaders, services }: MessagingContext,
  id: string,
): Promise<{ report: ReportEntity; access: MessageAccess } | null> {
  const report = await services.reports.findReport(em, id);
  const access = report && (await loaders.message.accessMessage(report.messageId));
  return access && canModerate(access) ? { report, access } : null;
}

const settlesReport = rule<MessagingContext, { id: string }>(
  'moderates the channel of the report',
  async (context, { id }) => ((await accessReport(context, id)) ? true : notFound('Report')),
);

export const reportPolicy: Policy = {
  fields: {
    Query: { reports: isLoggedIn },
    Mutation: { reportMessage: and(isLoggedIn, seesMessage), resolveReport: and(mayWrite, settlesReport) },
    Report: withParent('id', 'message', 'reason', 'state', 'reporter', 'createdAt', 'resolvedAt'),
  },
  references: {},
};
