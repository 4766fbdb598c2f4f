/** Reads the settings of a process from its environment, once. Refuses to start if one is wrong, and then names every problem. */
import { z } from 'zod';
import { StartupError } from './process/startup-error';
import { reportUnknownSettings } from './unknown-settings';

/** Thrown by {@link loadConfig}: `problems` holds one line for each wrong or missing variable. */
export class ConfigError extends StartupError {
  constructor(readonly problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Parses `env` with a schema that has the variable names as keys. Empty strings count as missing, so that `PORT=` in an env file
 * means the default. Names that are close to a setting of any process are reported on stderr.
 * @throws ConfigError with all problems at once.
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  if (env === process.env) reportUnknownSettings(env, Object.keys(schema.shape));
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .filter((name) => env[name] !== undefined && env[name] !== '')
      .map((name) => [name, env[name]]),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const problem = name in given ? issue.message : 'is required but not set';
      const description = schema.shape[name] && z.globalRegistry.get(schema.shape[name] as z.ZodType)?.description;
      return `${issue.path.join('.')}: ${problem}${description ? ` (${description})` : ''}`;
    }),
  );
}

/**
 * Marks a setting whose value must be equal on all processes of an installation: `.meta(EQUAL_EVERYWHERE)`. .env.example says so.
 */
export const EQUAL_EVERYWHERE = { isEqualEverywhere: true } as const;

/** Whether a setting has that mark. */
export const isEqualEverywhere = (setting: z.ZodType): boolean => setting.meta()?.['isEqualEverywhere'] === true;

/** `true`, `1`, `yes`, `on` and their opposites, in any case. */
export const booleanVariable = () => z.stringbool();

/** A whole number between the bounds, both included. */
export const integerVariable = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z.coerce
    .number({ error: ({ code }) => (code === 'invalid_type' ? 'must be a whole number' : undefined) })
    .int()
    .min(min)
    .max(max);

/** A comma-separated list; white space around items is dropped. */
export const listVariable = () =>
  z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
