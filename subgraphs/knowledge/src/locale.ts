/** Language tags (BCP 47). */
import { badUserInput } from '@chat/kit/errors';

/** The canonical tag; undefined without one. @throws BAD_USER_INPUT if it is no language tag */
export function localeOf(locale: string | null | undefined): string | undefined {
  if (locale == null) return undefined;
  try {
    return Intl.getCanonicalLocales(locale.replace('_', '-'))[0]!;
  } catch {
    throw badUserInput({ locale: 'locale must be a language tag such as de or en-GB.' });
  }
}
