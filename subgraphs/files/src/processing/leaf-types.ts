/** Types whose files hold no other files, so that a scanner has nothing to unpack in them. */
import { createReadStream } from 'node:fs';
import { textOf } from '../inspection/content-type';

const HEAD = 1 << 20;

/** Whether a file is plain text: the one type that is recognised without a parser. Files longer than 1 MiB are not looked at. */
export async function isPlainText(path: string): Promise<boolean> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path, { end: HEAD }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
  }
  return length <= HEAD && textOf(Buffer.concat(chunks)) !== undefined;
}
