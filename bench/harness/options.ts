/** The options of a bench, such as `--rounds 3 --seconds 2 --only Mercurius`. */
import { commandLine, type OptionDefinition } from '@chat/kit/process/command-line';
import { QUESTIONS } from '../questions';

type Entry = [name: string, option: OptionDefinition];

/**
 * Reads the options after the bench's name. Ends the process on `--help`, on an unknown option, and if a value is not a number.
 * @param defaults the default of each option
 */
export function numberOptions<Name extends string>(defaults: Readonly<Record<Name, number>>): Record<Name, number> {
  return readNumbers(defaults, []).numbers;
}

/** The options of a bench that compares our gateway with peers, and with itself at another commit. */
export function comparisonOptions<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  others: readonly Entry[] = [],
) {
  const { numbers, values } = readNumbers(defaults, [
    ['only', { type: 'string', value: 'A,B', description: 'only the peers with one of these words in their names' }],
    [
      'earlier',
      { type: 'string', value: 'FOLDER', description: 'adds our gateway from this checkout of another commit' },
    ],
    ...others,
  ]);
  const words = values['only']?.split(',').map((word) => word.trim());
  /** Whether `--only` selects the peer. */
  const isChosen = (name: string) => !words || words.some((word) => name.includes(word));
  return { ...numbers, values, earlier: values['earlier'], isChosen };
}

function readNumbers<Name extends string>(defaults: Readonly<Record<Name, number>>, others: readonly Entry[]) {
  const names = Object.keys(defaults) as Name[];
  const entries = names.map((name): Entry => [
    name,
    { type: 'string', value: 'N', default: String(defaults[name]), description: '' },
  ]);
  const [bench = '', ...args] = process.argv.slice(2);
  const options = Object.fromEntries([...entries, ...others]);
  const summary = QUESTIONS[bench] ?? '';
  const read = commandLine({ command: `npm run bench -- ${bench}`, summary, options }, args);
  const values = read.values as Record<string, string | undefined>;
  const numbers: Record<Name, number> = { ...defaults };
  for (const name of names) {
    numbers[name] = Number(values[name]);
    if (!(numbers[name] >= 0)) read.refuse(`--${name} must be a number.`);
  }
  return { numbers, values };
}
