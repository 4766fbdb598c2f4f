/** The rule for the body of a message. Rejects an invalid body and repairs none. */
import { badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';

/** @throws BAD_USER_INPUT if it is empty, longer than `max` code points, malformed, or has bidirectional overrides. */
export function checkBody(body: string, max: number): void {
  const problem = textProblem(body, { max, multiline: true });
  if (problem) throw badUserInput({ body: `body ${problem}.` });
}
