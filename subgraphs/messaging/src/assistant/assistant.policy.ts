/** Access to the assistant: members that may write ask it; followers of a channel see its answers; the asker and moderators stop one. */
import { forbidden, notFound } from '@chat/kit/errors';
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import { mayWrite } from '../channels/channel.policy';
import { canModerate } from '../channels/channel.rules';
import { writesInChannel } from '../messages/message.policy';
import type { MessagingContext } from '../context';
import type { AnswerAccess } from './answers/answer.loader';

const answerRule = (name: string, check: (access: AnswerAccess) => true | string) =>
  rule<MessagingContext, { id: string }>(name, async ({ loaders }, { id }) => {
    const access = await loaders.answer.accessAnswer(id);
    if (!access) return notFound('Answer');
    const verdict = check(access);
    return verdict === true || forbidden(verdict);
  });

const seesAnswer = answerRule('sees the answer', () => true);

const stopsAnswer = answerRule(
  'asked the question or moderates the channel',
  (access) =>
    access.answer.askerId === access.viewerId ||
    canModerate(access) ||
    'Only the asker and the moderators of the channel may stop an answer.',
);

export const assistantPolicy: Policy = {
  fields: {
    Query: { assistantStatus: isLoggedIn, assistantAnswer: and(isLoggedIn, seesAnswer) },
    Mutation: { askAssistant: and(mayWrite, writesInChannel), cancelAssistantAnswer: and(isLoggedIn, stopsAnswer) },
    AssistantStatus: withParent('enabled', 'account', 'providers'),
    AssistantProvider: withParent('name', 'available', 'fault'),
    AssistantAnswer: withParent(
      'id',
      'body',
      'author',
      'inReplyTo',
      'provider',
      'state',
      'failure',
      'message',
      'createdAt',
      'endedAt',
    ),
    Message: withParent('assistantAnswer'),
  },
  references: {},
};
