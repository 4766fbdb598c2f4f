/** Persisted operations: where an operator lists them, nothing else is executed. */
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

  /** Reads a JSON file: a list of texts, or an object whose values are texts. @throws StartupError */
  static async fromFile(path: string): Promise<Safelist> {
    let content: unknown;
    try {
      content = JSON.parse(await readFile(path, 'utf8'));
    } catch (error) {
      throw new StartupError(`PERSISTED_OPERATIONS_PATH: ${path} cannot be read as JSON.`, { cause: error });
    }
    const texts: unknown[] = typeof content === 'object' && content ? Object.values(content) : [];
    if (!texts.every((text) => typeof text === 'string')) {
      throw new StartupError(`PERSISTED_OPERATIONS_PATH: ${path} must hold the texts of operations.`);
    }
    return new Safelist(texts);
  }

  /** The text of a hash (sha256, hexadecimal); undefined where it is not listed. */
  textOf(hash: string): string | undefined {
    return this.byHash.get(hash);
  }

  /** @returns why a text may not run, or undefined. */
  refusal(text: string): ApiError | undefined {
    if (this.texts.has(text)) return undefined;
    return new ApiError('FORBIDDEN', 'Only operations that the operator has listed are executed here.');
  }
}
