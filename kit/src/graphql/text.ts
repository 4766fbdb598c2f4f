/**
 * Rules for text that clients send: bounded, storable, well-formed, visible, and displayed in the order in which it is stored. Rejects a
 * text and repairs none. text-rules.ts demands one of these rules for every String input.
 */
import { registerDecorator, type ValidationOptions } from 'class-validator';
import { checkArgument } from './argument-checks';
import { needlessInvisible } from './text-invisible';
import { refuseWrong, type WrongFields } from './wrong-fields';

export interface TextOptions {
  /** In Unicode code points after trimming; default 1. */
  min?: number;
  /** In Unicode code points. */
  max: number;
  /** Allows line breaks, tabs, bidirectional marks and invisible characters; default false. */
  multiline?: boolean;
  /** Allows invisible characters in one line, as a search may be pasted with some; default false. */
  isSearch?: boolean;
}

/** For text that is compared or decoded and never shown: passwords, tokens, codes. */
export interface OpaqueOptions {
  /** In UTF-16 code units; default 4096. */
  max?: number;
}

const LINE_CONTROLS = /\p{Cc}/u;
const TEXT_CONTROLS = /[^\P{Cc}\t\n\r]/u;
const LINE_SEPARATORS = /[\u2028\u2029]/;
/** Overrides reverse the displayed order; right-to-left scripts do not need them. */
const BIDI_OVERRIDES = /[\u202d\u202e]/;
/** In one line, each of them can reorder the text around it. */
const BIDI_CONTROLS = /\p{Bidi_Control}/u;
/** Characters with ink: no spaces, lone marks, fillers, joiners, blank letters or blank symbols. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}\u{13441}\u{13442}]/u;

/** The first problem of a text as the end of a sentence, such as "must not be empty"; undefined if there is none. */
export function textProblem(
  value: unknown,
  { min = 1, max, multiline = false, isSearch = multiline }: TextOptions,
): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  if (!value.isWellFormed()) return 'must be well-formed Unicode (it has a lone surrogate)';
  if ((multiline ? TEXT_CONTROLS : LINE_CONTROLS).test(value)) return 'must not have control characters';
  if (!multiline && LINE_SEPARATORS.test(value)) return 'must be one line (it has U+2028 or U+2029)';
  if (BIDI_OVERRIDES.test(value)) return 'must not have bidirectional overrides (U+202D, U+202E)';
  if (!multiline && BIDI_CONTROLS.test(value)) return 'must not have bidirectional control characters';
  if (hasMoreThan(max, value)) return `must have at most ${max} characters`;
  const isEmpty = !VISIBLE.test(value);
  if (min > 0 && isEmpty) return 'must not be empty';
  const invisible = isSearch || isEmpty ? undefined : needlessInvisible(value);
  if (invisible) return `must not have invisible characters (${codePointName(invisible)})`;
  return hasMoreThan(min - 1, value.trim()) ? undefined : `must have at least ${min} characters`;
}

/** Counts code points only if the code units leave it open. */
const hasMoreThan = (count: number, text: string): boolean =>
  text.length > count && (text.length > count * 2 || [...text].length > count);

const codePointName = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

/** As {@link textProblem}, for text that is never shown. */
export function opaqueProblem(value: unknown, { max = 4096 }: OpaqueOptions = {}): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  if (!value.isWellFormed()) return 'must be well-formed Unicode (it has a lone surrogate)';
  if (value.includes('\0')) return 'must not have control characters';
  return value.length > max ? `must have at most ${max} characters` : undefined;
}

/** class-validator decorator for {@link textProblem}. */
export const IsText = (options: TextOptions, validation?: ValidationOptions): PropertyDecorator =>
  rule('isText', (value) => textProblem(value, options), validation);

/** class-validator decorator for {@link opaqueProblem}. */
export const IsOpaque = (options?: OpaqueOptions, validation?: ValidationOptions): PropertyDecorator =>
  rule('isOpaque', (value) => opaqueProblem(value, options), validation);

function rule(
  name: string,
  problemOf: (value: unknown) => string | undefined,
  validation?: ValidationOptions,
): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: property as string,
      options: validation,
      validator: {
        validate: (value) => problemOf(value) === undefined,
        // With `each`, the value is the whole list.
        defaultMessage: (given) => {
          const values: unknown[] = validation?.each && Array.isArray(given!.value) ? given!.value : [given!.value];
          return `${given!.property} ${values.map(problemOf).find(Boolean)}`;
        },
      },
    });
}

const argumentRules = new WeakSet<object>();

/** Whether the `validateFn` of an argument is a text rule. */
export const isArgumentRule = (validate: object | undefined): boolean =>
  validate !== undefined && argumentRules.has(validate);

/**
 * A `validateFn` for an argument; checks each item if the argument is a list. Null and undefined pass.
 *
 * @example
 * @Arg('reason', () => String, { validateFn: textArgument('reason', { max: 1000 }), description: 'The reason.' })
 */
export const textArgument = (name: string, options: TextOptions) =>
  argumentRule(name, (value) => textProblem(value, options));

/** As {@link textArgument}, for text that is never shown. */
export const opaqueArgument = (name: string, options?: OpaqueOptions) =>
  argumentRule(name, (value) => opaqueProblem(value, options));

function argumentRule(name: string, problemOf: (value: unknown) => string | undefined) {
  /** @param field what type-graphql passes; without it, only this argument is checked */
  const validate = (given: unknown, _type?: unknown, field?: object): void | Promise<void> => {
    const values: unknown[] = Array.isArray(given) ? given : [given];
    const problem = values.map((value) => (value == null ? undefined : problemOf(value))).find(Boolean);
    if (!problem) return;
    const wrong: WrongFields = { [name]: `${name} ${problem}.` };
    return field ? checkArgument(field, { wrong: Promise.resolve(wrong) }) : refuseWrong(wrong);
  };
  argumentRules.add(validate);
  return validate;
}
