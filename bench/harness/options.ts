/** The flags of a bench, such as `--rounds 3 --seconds 2 --only Mercurius`. Refuses unknown flags. */
import { parseArgs } from 'node:util';

/**
 * Prints the flags and ends the process if a flag is unknown or not a number, or if `--help` is given.
 * @param defaults the default of each flag
 * @param lists flags that are not numbers; see {@link listOption}
 */
export function numberOptions<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  lists: readonly string[] = [],
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  try {
    const { values } = parseArgs({
      args: process.argv.slice(3),
      options: Object.fromEntries([...names, ...lists].map((name) => [name, { type: 'string' as const }])),
    });
    const options: Record<Name, number> = { ...defaults };
    for (const name of names) {
      const text = values[name];
      if (text === undefined) continue;
      options[name] = Number(text);
      if (!(options[name] >= 0)) throw new Error(`--${name} must be a number.`);
    }
    return options;
  } catch (error) {
    if (!process.argv.includes('--help')) console.error((error as Error).message);
    const flags = [...names.map((name) => `--${name} ${defaults[name]}`), ...lists.map((name) => `--${name} <a,b>`)];
    console.error(`Options and their defaults: ${flags.join(', ')}`);
    process.exit(1);
  }
}

/** The comma-separated values of a flag; undefined if it is not given. */
export function listOption(name: string): string[] | undefined {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { [name]: { type: 'string' } },
    strict: false,
  });
  const text = values[name];
  return typeof text === 'string' ? text.split(',').map((item) => item.trim()) : undefined;
}
