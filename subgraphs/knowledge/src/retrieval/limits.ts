/** The bounds of lists of passages. */
import { badUserInput } from '@chat/kit/errors';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 50;

/** @throws BAD_USER_INPUT if it is out of bounds */
export function limitOf(limit: number | null | undefined, most = MAX_LIMIT, preset = DEFAULT_LIMIT): number {
  const wanted = limit ?? preset;
  if (wanted < 1 || wanted > most) throw badUserInput({ limit: `must be between 1 and ${most}` });
  return wanted;
}
