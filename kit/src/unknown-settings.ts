/**
 * Finds settings that no process reads: misspelt names in the environment and in .env. An environment holds many names of other
 * programs, so a name counts only if it is close to a known one, begins like several known ones, or is in .env.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { didYouMean, nearest } from './nearest';

/** Names that Node, libraries, Docker Compose and Kubernetes read or set themselves. */
const OF_OTHERS =
  /^(NODE_|NPM_|OTEL_|APOLLO_TELEMETRY_|POSTGRES_|PG[A-Z]|COMPOSE_|DOCKER_|KUBERNETES_|LC_|SSL_|TZ$|LANG$|PATH$|HOSTNAME$|(HTTPS?|NO|ALL)_PROXY$)|_SERVICE_(HOST|PORT)(_|$)|_PORT(_\d{1,5}_(TCP|UDP)(_(ADDR|PORT|PROTO))?)?$/i;

/** Beginnings that two or more known names share, such as `MAX_`. */
function sharedPrefixes(known: readonly string[]): string[] {
  const prefixes = known.flatMap((name) => /^[A-Z]+_/.exec(name) ?? []);
  return [...new Set(prefixes.filter((prefix, index) => prefixes.indexOf(prefix) !== index))];
}

/**
 * One line for each unknown setting, with the nearest known one.
 * @param known the settings of all processes, not only of this one
 * @param envFile the names in .env
 */
export function unknownSettings(
  names: Iterable<string>,
  known: readonly string[],
  envFile: ReadonlySet<string> = new Set(),
): string[] {
  const isKnown = new Set(known);
  const prefixes = sharedPrefixes(known);
  return [...names]
    .filter((name) => !isKnown.has(name) && !OF_OTHERS.test(name))
    .filter(
      (name) =>
        envFile.has(name) ||
        nearest(name, known) !== undefined ||
        prefixes.some((prefix) => name.toUpperCase().startsWith(prefix)),
    )
    .map((name) => `Unknown setting ${name}.${didYouMean(name, known) || family(name, known)}`);
}

/** The known names with the same beginning, if the name is not close to one of them. */
function family(name: string, known: readonly string[]): string {
  const [prefix = ''] = /^[A-Z]+_/.exec(name.toUpperCase()) ?? [];
  const members = prefix ? known.filter((other) => other.startsWith(prefix)) : [];
  return members.length > 0 ? ` Known are ${members.join(', ')}.` : '';
}

const reported = new Set<string>();

/** Prints unknown settings of this process's environment to stderr, each once. Never ends the process. */
export function reportUnknownSettings(env: NodeJS.ProcessEnv, own: readonly string[]): void {
  const known = [...new Set([...own, ...knownSettings()])];
  for (const line of unknownSettings(Object.keys(env), known, namesInEnvFile())) {
    if (reported.has(line)) continue;
    reported.add(line);
    process.stderr.write(`${line}\n`);
  }
}

/** The settings of all processes, as `npm run docs` wrote them. Empty outside this repository and its images. */
function knownSettings(): string[] {
  try {
    return JSON.parse(readFileSync(join(__dirname, '../../schema/settings.json'), 'utf8')) as string[];
  } catch {
    return [];
  }
}

/** The names in the files that node has loaded by `--env-file`. */
function namesInEnvFile(): Set<string> {
  const files = process.execArgv.flatMap((argument) => /^--env-file(?:-if-exists)?=(.+)$/.exec(argument)?.[1] ?? []);
  const names = files.flatMap((file) => {
    try {
      return Object.keys(parseEnv(readFileSync(file, 'utf8')));
    } catch {
      return [];
    }
  });
  return new Set(names);
}
