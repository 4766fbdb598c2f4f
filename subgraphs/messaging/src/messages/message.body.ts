/** The rule for the body of a message. Rejects an invalid body and repairs none. */
import { badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';

/** The problem as the end of a sentence; undefined if there is none. */
export const bodyProblem = (body: string, max: number): string | undefined =>
  textProblem(body, { max, multiline: true });

/** @throws BAD_USER_INPUT if it is empty, longer than `max` code points, malformed, or has bidirectional overrides. */
export function checkBody(body: string, max: number): void {
  const problem = bodyProblem(body, max);
  if (problem) throw badUserInput({ body: `body ${problem}.` });
}
