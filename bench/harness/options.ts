/** The flags of a measurement: `--rounds 3 --seconds 2 --only Mercurius`. Unknown ones are refused. */
import { parseArgs } from 'node:util';

/**
 * @param defaults what each flag is unless given.
 * @param lists flags that are no numbers; see {@link listOption}.
 * Where a flag is unknown or no number, or `--help` is given, says which there are and ends the process.
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
    console.error(`Options, with what they are by default: ${flags.join(', ')}`);
    process.exit(1);
  }
}

/** What a flag lists, separated by commas; undefined where it is not given. */
export function listOption(name: string): string[] | undefined {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { [name]: { type: 'string' } },
    strict: false,
  });
  const text = values[name];
  return typeof text === 'string' ? text.split(',').map((item) => item.trim()) : undefined;
}
