/**
 * Completion of terms as one types, in a dictionary of a million: by prefix, and by similarity after a typing error. Calls the function that
 * answers `completeTerm`, without the graph.
 */
import { completeTerm } from '../subgraphs/knowledge/src/dictionary/terms/term.completion';
import { startKnowledge } from './harness/knowledge';
import { LATENCY_HEAD, latencyRow } from './harness/latency';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';
import { createTerms } from './worlds/dictionary-world';

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { terms, samples } = numberOptions({ terms: 1_000_000, samples: 1000 });
  await using knowledge = await startKnowledge();
  const em = knowledge.database.fork();
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
  print(LATENCY_HEAD);
  for (const [name, typed] of Object.entries(cases)) {
    const texts = words.map(typed);
    print(await latencyRow(name, texts.length, async (i) => (await completeTerm(em, texts[i % texts.length]!)).length));
  }
}

const exchanged = (word: string, at: number): string =>
  word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);

void main();
