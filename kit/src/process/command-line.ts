/**
 * The command line of every command: its options, its arguments, and the text of `--help`, which is made from both.
 * `--help` prints that text and ends the process with 0. A wrong command line ends it with 2 before anything starts.
 */
import { parseArgs } from 'node:util';
import { didYouMean } from '../nearest';

/** An option, in the form of `parseArgs`, with its line of help. */
export interface OptionDefinition {
  type: 'string' | 'boolean';
  /** Word for the value in the help text; default VALUE. */
  value?: string;
  multiple?: boolean;
  default?: string;
  description: string;
}

export interface ArgumentDefinition {
  /** In capitals. */
  name: string;
  description: string;
  /** The only accepted values. */
  choices?: readonly string[];
  isOptional?: boolean;
  /** Only for the last argument. */
  isRepeated?: boolean;
}

export interface CommandDefinition<Options extends Record<string, OptionDefinition>> {
  /** As it is typed, without arguments: `npm run chaos --`. */
  command: string;
  /** What the command does, in one sentence or more. */
  summary: string;
  arguments?: readonly ArgumentDefinition[];
  options?: Options;
  /** Further text below the options: examples, settings that the command reads. */
  details?: string;
}

const HELP: OptionDefinition = { type: 'boolean', description: 'prints this text' };

/** Exit code of a wrong command line, as for most Unix commands. */
const USAGE_EXIT_CODE = 2;

/**
 * Reads the command line. Ends the process with 0 on `--help` or `-h`, and with 2 on an unknown option, a missing value, a missing
 * or unexpected argument, or an argument that is not among its choices. A misspelt name is answered with the nearest known one.
 * @returns the values of the options, the arguments, and `refuse`, which ends the process likewise because of a wrong value
 */
export function commandLine<const Options extends Record<string, OptionDefinition>>(
  definition: CommandDefinition<Options>,
  args: readonly string[] = process.argv.slice(2),
) {
  const options = { ...definition.options, help: { ...HELP, short: 'h' } } as unknown as Options;
  const refuse = (problem: string): never => {
    process.stderr.write(`${problem}\n${usage(definition)}\n\`${helpCommand(definition)}\` explains it.\n`);
    process.exit(USAGE_EXIT_CODE);
  };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = tokens.filter((token) => token.kind === 'option');
  if (given.some(({ name }) => name === 'help')) {
    process.stdout.write(helpText(definition));
    process.exit(0);
  }
  const unknown = given.filter(({ name }) => !Object.hasOwn(options, name));
  const names = Object.keys(options).map((name) => `--${name}`);
  if (unknown.length > 0)
    refuse(unknown.map(({ rawName }) => `Unknown option ${rawName}.${didYouMean(rawName, names)}`).join('\n'));

  const parse = () => parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse();
  } catch (error) {
    return refuse((error as Error).message);
  }
  const problem = argumentProblem(parsed.positionals, definition.arguments ?? []);
  if (problem) refuse(problem);
  return { values: parsed.values, positionals: parsed.positionals, refuse };
}

function argumentProblem(given: readonly string[], expected: readonly ArgumentDefinition[]): string | undefined {
  for (const [index, { name, choices, isOptional, isRepeated }] of expected.entries()) {
    const values = isRepeated ? given.slice(index) : given.slice(index, index + 1);
    if (values.length === 0 && !isOptional) return `${name} is missing.${choices ? ` It is ${oneOf(choices)}.` : ''}`;
    const wrong = choices && values.find((value) => !choices.includes(value));
    if (wrong !== undefined)
      return `${name} cannot be "${wrong}".${didYouMean(wrong, choices!) || ` It is ${oneOf(choices!)}.`}`;
  }
  const extra = expected.at(-1)?.isRepeated ? undefined : given[expected.length];
  return extra === undefined ? undefined : `Unexpected argument "${extra}".`;
}

const oneOf = (choices: readonly string[]) => choices.join(' or ');

function helpCommand({ command }: { command: string }): string {
  return / --( |$)/.test(command) ? `${command} --help` : `${command} -- --help`;
}

function usage(definition: CommandDefinition<Record<string, OptionDefinition>>): string {
  const args = (definition.arguments ?? []).map(({ name, isOptional, isRepeated }) => {
    const text = `${name}${isRepeated ? '…' : ''}`;
    return isOptional ? `[${text}]` : text;
  });
  const flags = Object.entries(definition.options ?? {}).map(([name, option]) => `[${optionText(name, option)}]`);
  return `Usage: ${[definition.command, ...args, ...flags].join(' ')}`;
}

function helpText(definition: CommandDefinition<Record<string, OptionDefinition>>): string {
  const args = (definition.arguments ?? []).map(({ name, description, choices }): [string, string] => [
    name,
    choices ? `${description}: ${choices.join(', ')}` : description,
  ]);
  const flags = Object.entries({ ...definition.options, help: HELP }).map(([name, option]): [string, string] => {
    const { description, default: fallback, multiple } = option;
    const parts = [description, fallback === undefined ? '' : `default ${fallback}`, multiple ? 'repeatable' : ''];
    return [optionText(name, option), parts.filter(Boolean).join('; ')];
  });
  const width = Math.max(...[...args, ...flags].map(([name]) => name.length));
  const list = (rows: [string, string][]) => rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('');
  const sections = [usage(definition), definition.summary, list([...args, ...flags]), definition.details];
  return `${sections.flatMap((section) => section?.trimEnd() ?? []).join('\n\n')}\n`;
}

function optionText(name: string, { type, value = 'VALUE' }: OptionDefinition): string {
  return type === 'boolean' ? `--${name}` : `--${name} ${value}`;
}
