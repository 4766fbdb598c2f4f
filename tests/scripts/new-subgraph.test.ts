/** What `npm run new:subgraph` lays out is a subgraph: it starts, is migrated, and answers. */
import { newId } from '@chat/kit/ids';
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { startTestSubgraph } from '@chat/kit/testing/test-subgraph';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { subgraphFiles } from '../../scripts/templates/subgraph';

// Below the repository, so that it finds the packages that it imports.
const cache = join(REPOSITORY, '.cache');
let folder: string;
beforeAll(async () => {
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'new-subgraph-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a new subgraph starts, is migrated, and answers', async () => {
  for (const [path, text] of Object.entries(subgraphFiles('library', 'index-card', {}))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { libraryVariables, createLibrary, printSdl } = await import(join(folder, 'subgraphs/library/src/index.ts'));
  expect(printSdl()).toContain('type IndexCard @key(fields: "id")');

  await using library = await startTestSubgraph('library', libraryVariables, createLibrary);
  const ada = library.person();
  const card = 'query ($id: ID!) { indexCard(id: $id) { name } }';
  const id = newId();
  expect(await ada.isRefused(card, { id })).toEqual({ code: 'NOT_FOUND' });
  const client = new Client({ connectionString: library.config['DATABASE_URL'] as string });
  await client.connect();
  await client.query(`insert into library.index_cards values ($1, 'first', now())`, [id]);
  await client.end();
  expect(await ada.does(card, { id })).toEqual({ indexCard: { name: 'first' } });
});
