/** The flags of a measurement: `--rounds 3 --seconds 2`. All are numbers; unknown ones are refused. */
import { parseArgs } from 'node:util';

/** @param defaults what each flag is unless given. @throws where a flag is unknown or no number. */
export function numberOptions<Name extends string>(defaults: Readonly<Record<Name, number>>): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const options: Record<Name, number> = { ...defaults };
  for (const name of names) {
    const text = values[name];
    if (text === undefined) continue;
    options[name] = Number(text);
    if (!(options[name] >= 0)) throw new Error(`--${name} must be a number.`);
  }
  return options;
}
