/**
 * Searches by words in many passages: the code of `semanticSearch`, without the graph. Vectors are another bench
 * (`vectors`), because no encoder of this system embeds a million passages within a day.
 */
import { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { Database } from '@chat/kit/database/database';
import { migrationsIn } from '@chat/kit/database/migrations-in';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SearchService } from '../subgraphs/knowledge/src/retrieval/search/search.service';
import { wikiSource } from '../subgraphs/knowledge/src/retrieval/search/wiki.source';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';
import { createPassages } from './worlds/passages-world';

const print = (line: string) => process.stdout.write(`${line}\n`);
const MIGRATIONS = join(__dirname, '../subgraphs/knowledge/src/migrations');
const viewer: Viewer = {
  id: newId(),
  sessionId: newId(),
  roles: ['USER'],
  permissions: ['READ', 'WRITE'],
  expiresAt: 0,
};

async function main(): Promise<void> {
  const { chunks, samples } = numberOptions({ chunks: 1_000_000, samples: 300 });
  await using disposal = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-bench-passages-'));
  disposal.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = disposal.use(await startPostgres({ dir, isThrowaway: true }));
  const log = createLogger('passages', 'error');
  const migrations = migrationsIn(MIGRATIONS);
  const options = { url: postgres.url, schema: 'knowledge', entities: [], migrations, log, poolSize: 1 };
  const database = disposal.use(await Database.open(options));
  await database.ready();
  const em = database.fork();
  const began = performance.now();
  await createPassages(em, chunks);
  process.stderr.write(`${chunks} passages after ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  const grants = new Grants(() => database.fork());
  const search = new SearchService([wikiSource(grants)]);
  const words = async (least: number, most: number) => {
    const rows = await em.execute<{ word: string }[]>(
      'select word from knowledge.bench_words where id >= ? and id < ? order by random() limit ?',
      [least, most, samples],
    );
    return rows.map(({ word }) => word);
  };
  const [frequent, usual, rare] = [await words(0, 200), await words(200, 10_000), await words(10_000, 50_000)];
  const pick = (list: readonly string[], i: number) => list[i % list.length]!;
  const cases: Record<string, (i: number) => string> = {
    'three rare words': (i) => [i, i + 1, i + 2].map((n) => pick(rare, n)).join(' '),
    'a question of eight words': (i) =>
      [
        ...[i, i + 1].map((n) => pick(frequent, n)),
        ...[0, 1, 2, 3].map((n) => pick(usual, i + n)),
        pick(rare, i),
        pick(rare, i + 7),
      ].join(' '),
    'two frequent words': (i) => `${pick(frequent, i)} ${pick(frequent, i + 5)}`,
  };
  const how = `${chunks} passages of 40 words of ${Math.ceil(chunks / 10)} pages, a tenth of them restricted; ${samples} searches one after the other by a member, milliseconds. The tables were vacuumed.`;
  print(heading('knowledge: passages by words', how));
  print('| | p50 | p99 | found, median |');
  print('| --- | --- | --- | --- |');
  for (const [name, query] of Object.entries(cases)) {
    const times: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < samples + 20; i++) {
      const start = performance.now();
      const hits = await search.search(em, viewer, query(i), { limit: 10 });
      if (i >= 20) times.push(performance.now() - start);
      counts.push(hits.length);
    }
    const at = (values: number[], share: number) =>
      values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
    print(`| ${name} | ${at(times, 0.5).toFixed(1)} | ${at(times, 0.99).toFixed(1)} | ${at(counts, 0.5)} |`);
  }
}

void main();
