/** Definitions of settings: declared in code by the subgraph that reads them, changed at run time by administrators. */
import { z } from 'zod';

interface Described {
  /** `<subgraph>.<name>` for settings; a word for feature flags. */
  key: string;
  description: string;
}

export type SettingDefinition = Described &
  (
    | { type: 'flag' | 'boolean'; default: boolean }
    | { type: 'integer'; default: number; minimum: number; maximum: number }
    | { type: 'text'; default: string; maxLength: number }
  );

/** The TypeScript type of a definition's value. */
export type SettingValue<Definition extends SettingDefinition> = Definition extends { type: 'integer' }
  ? number
  : Definition extends { type: 'text' }
    ? string
    : boolean;

/** The first problem of a value, as the end of a sentence; undefined if it is valid. */
export function settingProblem(definition: SettingDefinition, value: unknown): string | undefined {
  const result = schemaOf(definition).safeParse(value);
  return result.success ? undefined : result.error.issues[0]!.message;
}

function schemaOf(definition: SettingDefinition): z.ZodType {
  switch (definition.type) {
    case 'flag':
    case 'boolean':
      return z.boolean('must be true or false');
    case 'integer': {
      const range = `must be a whole number from ${definition.minimum} to ${definition.maximum}`;
      return z.int(range).min(definition.minimum, range).max(definition.maximum, range);
    }
    case 'text':
      return z.string('must be text').max(definition.maxLength, `must have at most ${definition.maxLength} characters`);
  }
}
