/** Safelist of persisted operations. If the operator configures one, no other operation is executed. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ApiError } from '@chat/kit/errors';
import { StartupError } from '@chat/kit/process/startup-error';

export class Safelist {
  private readonly byHash: ReadonlyMap<string, string>;
  private readonly texts: ReadonlySet<string>;

  constructor(texts: Iterable<string>) {
    this.byHash = new Map([...texts].map((text) => [createHash('sha256').update(text).digest('hex'), text]));
    this.texts = new Set(this.byHash.values());
  }

  /** Reads a JSON file: an array of operation texts, or an object with operation texts as values. @throws StartupError */
  static async fromFile(path: string): Promise<Safelist> {
    let content: unknown;
    try {
      content = JSON.parse(await readFile(path, 'utf8'));
    } catch (error) {
      throw new StartupError(`PERSISTED_OPERATIONS_PATH: ${path} cannot be read as JSON.`, { cause: error });
    }
    const texts: unknown[] = typeof content === 'object' && content ? Object.values(content) : [];
    if (!texts.every((text) => typeof text === 'string')) {
      throw new StartupError(`PERSISTED_OPERATIONS_PATH: ${path} must contain operation texts.`);
    }
    return new Safelist(texts);
  }

  /** The text for a SHA-256 hash in hexadecimal; undefined if it is not listed. */
  textOf(hash: string): string | undefined {
    return this.byHash.get(hash);
  }

  /** @returns an error if the text is not listed. */
  refusal(text: string): ApiError | undefined {
    if (this.texts.has(text)) return undefined;
    return new ApiError('FORBIDDEN', 'Only operations on the safelist are allowed.');
  }
}
