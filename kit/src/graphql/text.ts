/** Text that a person typed: bounded, storable and well-formed. Says what is wrong instead of mending it. */
import { registerDecorator, type ValidationOptions } from 'class-validator';

export interface TextOptions {
  /** In Unicode code points after trimming; default 1. */
  min?: number;
  /** In Unicode code points. */
  max: number;
  /** Line breaks and tabs are allowed; default false. */
  multiline?: boolean;
}

/** The first thing that is wrong with a text, as the end of a sentence; undefined where it is fine. */
export function textProblem(value: unknown, { min = 1, max, multiline = false }: TextOptions): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  if (!value.isWellFormed()) return 'must be well-formed Unicode (it has a lone surrogate)';
  if (multiline ? /[^\P{Cc}\t\n\r]/u.test(value) : /\p{Cc}/u.test(value)) return 'must not have control characters';
  const length = value.length > max * 2 ? value.length : [...value].length;
  if (length > max) return `must have at most ${max} characters`;
  const trimmed = value.trim().replace(/^[\p{Cf}\s]+$/u, '');
  if ([...trimmed].length < min) return min === 1 ? 'must not be empty' : `must have at least ${min} characters`;
  return undefined;
}

/** class-validator decorator for {@link textProblem}. */
export function IsText(options: TextOptions, validation?: ValidationOptions): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isText',
      target: target.constructor,
      propertyName: property as string,
      options: validation,
      validator: {
        validate: (value) => textProblem(value, options) === undefined,
        defaultMessage: (given) => `${given!.property} ${textProblem(given!.value, options)}`,
      },
    });
}
