/** Validates and normalises language tags (BCP 47). */
import { registerDecorator } from 'class-validator';

/** Limits in characters: of a tag as it is given, and in its canonical form. */
const GIVEN_MAX = 100;
const CANONICAL_MAX = 35;

/** The tag in its canonical form; undefined if it is none. */
export function canonicalLocale(tag: string): string | undefined {
  if (tag.length > GIVEN_MAX) return undefined;
  try {
    const [canonical] = Intl.getCanonicalLocales(tag);
    return canonical && canonical.length <= CANONICAL_MAX ? canonical : undefined;
  } catch {
    return undefined;
  }
}

/** class-validator decorator for {@link canonicalLocale}. An empty tag passes: it stands for none. */
export const IsLocale = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isLocale',
    target: target.constructor,
    propertyName: property as string,
    validator: {
      validate: (value) => value === '' || (typeof value === 'string' && canonicalLocale(value) !== undefined),
      defaultMessage: (given) => `${given!.property} must be a language tag, such as en or de-AT`,
    },
  });
