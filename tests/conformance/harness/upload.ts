/** Uploads a file in one request. */
import { eventually } from '@chat/kit/testing/eventually';
import type { Data, Person } from './person';

/** @returns its id, once it is READY */
export async function upload(person: Person, name: string, bytes: Buffer, mimeType: string): Promise<string> {
  const { file, uploadUrl, method, headers } = await person.does('BeginUpload', {
    input: { name, size: bytes.length, mimeType },
  });
  const named = Object.fromEntries(headers.map(({ name, value }: Data) => [name, value]));
  await fetch(uploadUrl, { method, headers: named, body: new Uint8Array(bytes) });
  await person.does('CompleteUpload', { id: file.id });
  await eventually(async () => (await person.does('File', { id: file.id })).status === 'READY', `${name} is READY`);
  return file.id as string;
}
