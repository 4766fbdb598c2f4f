/** What a message may say. Says what is wrong instead of mending it. */
import { badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';

/** @throws BAD_USER_INPUT if it is empty, longer than `max` code points, malformed, or shows other than it says. */
export function checkBody(body: string, max: number): void {
  const problem = textProblem(body, { max, multiline: true });
  if (problem) throw badUserInput({ body: `body ${problem}.` });
}
