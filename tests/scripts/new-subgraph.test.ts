/**
 * The scaffold writes working code: `new:subgraph` and, into the result, `new:feature`.
 * Runs the tests that both of them write. Types and format of the output are not checked here.
 */
import { REPOSITORY } from '@chat/kit/testing/test-process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addFeature } from '../../scripts/templates/feature';
import { featureNames } from '../../scripts/templates/feature-names';
import { subgraphFiles } from '../../scripts/templates/subgraph';

// Below the repository, where the new code finds the packages that it imports. Written before `describe` reads the tests in it.
const cache = join(REPOSITORY, '.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'new-subgraph-'));
const src = join(folder, 'subgraphs/library/src');
const write = (root: string, files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};
write(folder, subgraphFiles('library', 'index-card', {}));
const { files, features } = addFeature('library', 'lending/reading-category', src);
write(src, { ...files, 'features.ts': features });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const path of ['index-cards/index-card.test.ts', 'lending/reading-categories/reading-category.test.ts'])
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the path is made above, and `describe` cannot wait
  describe(path, () => void require(join(src, path)));

test('the features are in the SDL, with sizes for their lists and nothing nullable that cannot be null', async () => {
  const { printSdl } = await import(join(src, 'index.ts'));
  const sdl: string = printSdl();
  for (const [type, field, list] of [
    ['IndexCard', 'indexCard', 'indexCards'],
    ['ReadingCategory', 'readingCategory', 'readingCategories'],
  ]) {
    expect(sdl).toContain(`type ${type} @key(fields: "id")`);
    expect(sdl).toMatch(new RegExp(`${field}\\([^)]*\\): ${type}!`));
    expect(sdl).toMatch(new RegExp(`${list}\\([^)]*\\): ${type}Connection! @listSize`));
    expect(sdl).toMatch(new RegExp(`${field}Changed\\([^)]*\\): ${type}Change! @resumable`));
  }
});

test('a new feature enters the list of features once, by its import and its entry', () => {
  expect(features.match(/readingCategoryFeature/g)).toHaveLength(2);
  expect(features).toMatch(/defineFeatures\(indexCardFeature, readingCategoryFeature\)/);
  expect(Object.keys(files)).toContain('migrations/020-reading-categories.ts');
});

test.each([
  ['person', 'people'],
  ['category', 'categories'],
  ['news-item', 'news-items'],
  ['reply', 'replies'],
])('the plural of %s is %s', (singular, plural) => {
  expect(featureNames('library', singular, 1)).toMatchObject({ folder: plural, table: plural.replaceAll('-', '_') });
});

test.each([
  ['polls', /singular: poll/],
  ['work/people', /singular: person/],
  ['news', /no plural of its own/],
  ['Poll', /kebab case/],
  ['../poll', /kebab case/],
])('refuses the name %s', (name, message) => {
  expect(() => featureNames('library', name, 1)).toThrow(message);
});
