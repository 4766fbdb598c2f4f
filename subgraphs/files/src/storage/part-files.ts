/** Cuts a stream into parts on disk, for a store that wants to know the length of a part before its bytes. Leaves no file and no open one. */
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Folders of killed processes are removed with those of processing, by their prefix. */
const PREFIX = 'chat-file-parts-';

/** Receives a part and its length. The file is removed afterwards. */
export type SendPart = (path: string, size: number) => Promise<void>;

/**
 * Sends a part while the next one arrives. If the stream fails, the bytes before are sent too, and then its error is thrown; so an
 * interrupted upload continues where it was.
 * @returns the bytes that were sent
 */
export async function sendInParts(source: Readable, partSize: number, send: SendPart): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  try {
    return await new Parts(folder, partSize, send).run(source);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Parts {
  private current: { path: string; handle: FileHandle; size: number } | undefined;
  private sending: Promise<void> = Promise.resolve();
  private count = 0;
  private sent = 0;

  constructor(
    private readonly folder: string,
    private readonly partSize: number,
    private readonly send: SendPart,
  ) {}

  async run(source: Readable): Promise<number> {
    let failure: { error: unknown } | undefined;
    try {
      // A request stays open, so that it can be answered.
      for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
        await this.add(chunk).catch((error: unknown) => {
          throw new PartFailed(error);
        });
    } catch (error) {
      if (error instanceof PartFailed) {
        await this.current?.handle.close();
        await this.sending.catch(() => undefined);
        throw error.cause;
      }
      failure = { error };
    }
    await this.finishPart();
    await this.sending;
    if (failure) throw failure.error;
    return this.sent;
  }

  private async add(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      this.current ??= await this.begin();
      const piece = rest.subarray(0, this.partSize - this.current.size);
      await this.current.handle.appendFile(piece);
      this.current.size += piece.length;
      rest = rest.subarray(piece.length);
      if (this.current.size === this.partSize) await this.finishPart();
    }
  }

  private async begin() {
    const path = join(this.folder, String(this.count++));
    return { path, handle: await open(path, 'wx', 0o600), size: 0 };
  }

  /** At most one part is on its way, so that parts are without gaps. */
  private async finishPart(): Promise<void> {
    const { current } = this;
    if (!current) return;
    this.current = undefined;
    await current.handle.close();
    await this.sending;
    this.sending = this.send(current.path, current.size).then(async () => {
      this.sent += current.size;
      await rm(current.path);
    });
    // Thrown where it is awaited.
    this.sending.catch(() => undefined);
  }
}

/** Tells a part that could not be written or sent from a stream that failed. */
class PartFailed extends Error {
  constructor(error: unknown) {
    super('a part failed', { cause: error });
  }
}
