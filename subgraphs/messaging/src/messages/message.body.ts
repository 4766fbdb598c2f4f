/** What a message may say. Says what is wrong instead of mending it. */
import { badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';

/** Explicit overrides reverse what is displayed (and so hide what a text says); right-to-left scripts do not need them. */
const BIDI_OVERRIDE = /[\u202D\u202E]/;

/** @throws BAD_USER_INPUT where it is empty, longer than `max` code points, malformed, or shows other than it says. */
export function checkBody(body: string, max: number): void {
  const problem =
    textProblem(body, { max, multiline: true }) ??
    (BIDI_OVERRIDE.test(body) ? 'must not have bidirectional overrides (U+202D, U+202E)' : undefined);
  if (problem) throw badUserInput({ body: `body ${problem}.` });
}
