/**
 * `sendMessage` without GraphQL's layers: the check of its input and access in one pass. Whatever is not plainly right is left to
 * message.resolver.ts.
 */
import { hasOnly, type DirectMutation } from '@chat/kit/graphql/direct-mutation';
import { hasWriteScope } from '@chat/kit/graphql/policy';
import { textProblem } from '@chat/kit/graphql/text';
import { isId } from '@chat/kit/ids';
import { isWriter } from '../channels/channel.policy';
import type { MessagingContext } from '../context';
import { bodyProblem } from './message.body';
import { CLIENT_MUTATION_ID, type SendMessageInput } from './message.input';

/** Does not answer unless access of the last minute allows it; see docs/decisions/recent-access.md. */
export const directSend: DirectMutation<MessagingContext> = (input, { viewer, context }) =>
  hasWriteScope(viewer) && isWriter(viewer) && isPlainMessage(input) ? send(context(), input) : undefined;

async function send(context: MessagingContext, input: SendMessageInput) {
  const access = await context.loaders.channel.accessToSend(input.channelId);
  return access?.isRecent ? context.services.sender.sendMessage(() => context.em, access, input) : undefined;
}

const FIELDS = new Set(['channelId', 'body', 'parentId', 'clientMutationId']);

/** Whether the input is certainly valid, and means itself. */
export function isPlainMessage(input: unknown): input is SendMessageInput {
  if (!hasOnly(input, FIELDS)) return false;
  const { channelId, body, parentId, clientMutationId } = input;
  return (
    typeof channelId === 'string' &&
    typeof body === 'string' &&
    bodyProblem(body, Infinity) === undefined &&
    (parentId == null || isId(parentId)) &&
    (clientMutationId == null || textProblem(clientMutationId, CLIENT_MUTATION_ID) === undefined)
  );
}
