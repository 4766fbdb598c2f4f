/**
 * Completion of terms as one types, in a dictionary of a million: by prefix, and by similarity after a typing error. Calls the function that
 * answers `completeTerm`, without the graph.
 */
import { Database, type EntityManager } from '@chat/kit/database/database';
import { migrationsIn } from '@chat/kit/database/migrations-in';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { createLogger } from '@chat/kit/logging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeTerm } from '../subgraphs/knowledge/src/dictionary/terms/term.completion';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';
import { createTerms } from './worlds/dictionary-world';

const print = (line: string) => process.stdout.write(`${line}\n`);
const MIGRATIONS = join(__dirname, '../subgraphs/knowledge/src/migrations');

async function main(): Promise<void> {
  const { terms, samples } = numberOptions({ terms: 1_000_000, samples: 1000 });
  await using disposal = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-bench-completion-'));
  disposal.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = disposal.use(await startPostgres({ dir, isThrowaway: true }));
  const log = createLogger('completion', 'error');
  const migrations = migrationsIn(MIGRATIONS);
  const options = { url: postgres.url, schema: 'knowledge', entities: [], migrations, log };
  const database = disposal.use(await Database.open(options));
  await database.ready();
  const em = database.fork();
  const began = performance.now();
  await createTerms(em, terms);
  process.stderr.write(`${terms} terms after ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  const known = await em.execute<{ term: string }[]>(
    'select lower(term) as term from knowledge.terms tablesample system (1) order by random() limit ?',
    [samples],
  );
  const words = known.map(({ term }) => term);
  const cases: Record<string, (word: string, i: number) => string> = {
    'one letter': (word) => word.slice(0, 1),
    'three letters': (word) => word.slice(0, 3),
    'six letters': (word) => word.slice(0, 6),
    'ten letters': (word) => word.slice(0, 10),
    'the whole term': (word) => word,
    'six letters, two exchanged': (word) => exchanged(word.slice(0, 6), 3),
    'the whole term, two letters exchanged': (word, i) => exchanged(word, 2 + (i % (word.length - 3))),
    'the whole term without a letter': (word, i) => word.slice(0, 2 + (i % 6)) + word.slice(3 + (i % 6)),
    'six letters of nothing': (_, i) => `q${i % 10}bad`,
  };
  const how = `${terms} terms with a synonym each, of 100 words; ${words.length} completions one after the other, milliseconds. The dictionary was vacuumed and is in the cache.`;
  print(heading('knowledge: completion', how));
  print('| | p50 | p99 | found, median |');
  print('| --- | --- | --- | --- |');
  for (const [name, typed] of Object.entries(cases)) print(await measured(em, name, words.map(typed)));
}

const exchanged = (word: string, at: number): string =>
  word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);

async function measured(em: EntityManager, name: string, typed: readonly string[]): Promise<string> {
  const times: number[] = [];
  const counts: number[] = [];
  for (const text of typed.slice(0, 20)) await completeTerm(em, text);
  for (const text of typed) {
    const began = performance.now();
    const found = await completeTerm(em, text);
    times.push(performance.now() - began);
    counts.push(found.length);
  }
  const at = (values: number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
  return `| ${name} | ${at(times, 0.5).toFixed(2)} | ${at(times, 0.99).toFixed(2)} | ${at(counts, 0.5)} |`;
}

void main();
