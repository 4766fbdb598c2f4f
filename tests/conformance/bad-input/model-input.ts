/** Models that are far too large. Those that are invalid or malicious are in model.test.ts of the rooms subgraph. */
import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Person } from '../harness/person';
import type { System } from '../harness/system';
import { upload } from '../harness/upload';

const LENGTH = 500 * 1024 * 1024;

export function modelInput(system: System): void {
  let ada: Person;
  beforeAll(async () => {
    ada = await system.person('modeller');
  });

  test('a model of 500 MB is refused with the limit, and hardly read', async () => {
    const bytes = Buffer.from('{"asset":{"version":"2.0"}}');
    const modelFileId = await upload(ada, 'huge.gltf', bytes, 'model/gltf+json');
    expect(await ada.does('CreateAvatar', { input: { name: 'Small', modelFileId } })).toMatchObject({ name: 'Small' });
    // The stored object grows: a sparse file takes no room, and the download is as that of a real one.
    await truncate(await objectOf(system.processEnv()['DATA_DIR']!, bytes.length), LENGTH);
    await system.query('update files.blobs set size = $1 where size = $2', [LENGTH, bytes.length]);
    const before = process.resourceUsage().maxRSS;
    const refusal = await ada.isRefused('CreateAvatar', { input: { name: 'Huge', modelFileId } });
    expect(refusal).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { modelFileId: 'A model has at most 33554432 bytes.' },
    });
    // In kilobytes. Files, gateway and rooms are all in this process.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(LENGTH / 1024 / 4);
  });
}

/** The stored object with so many bytes. */
async function objectOf(folder: string, size: number): Promise<string> {
  const entries = await readdir(join(folder, 'files', 'objects'), { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (await stat(path)).size === size) return path;
  }
  throw new Error(`No object has ${size} bytes.`);
}
