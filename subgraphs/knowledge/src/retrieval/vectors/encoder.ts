/**
 * The packaged sentence encoder (Universal Sentence Encoder, English, 512 dimensions), in a worker thread that starts with the first text.
 * Knows no other language.
 */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface Encoder {
  /** Identifies the vectors: those of another name cannot be compared with them. */
  readonly name: string;
  readonly languages: readonly string[];
  /** The size of its vectors. @throws if it has to ask a model that fails */
  dimensions(): Promise<number>;
  /** The cosine similarity below which two texts have nothing in common. */
  readonly minSimilarity: number;
  /** One normalised vector per text, in order. @throws if the encoder fails */
  embed(texts: readonly string[], role: TextRole): Promise<Float32Array[]>;
}

/** Some models embed questions otherwise than passages. */
export type TextRole = 'QUERY' | 'PASSAGE';

interface Task {
  texts: readonly string[];
  resolve: (vectors: Float32Array[]) => void;
  reject: (error: Error) => void;
}

type Reply = { vectors: Float32Array; error?: undefined } | { error: string };

export class PackagedEncoder implements Encoder, AsyncDisposable {
  readonly name = 'use-en-512';
  readonly languages = ['en'];
  readonly minSimilarity = 0.3;
  private readonly waiting: Task[] = [];
  private current: Task | undefined;
  private worker: Worker | undefined;
  private isClosed = false;

  dimensions(): Promise<number> {
    return Promise.resolve(512);
  }

  /** Texts that come later wait, so callers keep their batches small. */
  embed(texts: readonly string[]): Promise<Float32Array[]> {
    if (this.isClosed) return Promise.reject(new Error('The encoder has stopped.'));
    if (texts.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.waiting.push({ texts, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.current) return;
    this.current = this.waiting.shift();
    if (!this.current) return this.worker?.unref(); // an idle thread does not keep the process alive
    this.worker ??= this.start();
    this.worker.ref();
    this.worker.postMessage(this.current.texts);
  }

  private start(): Worker {
    // The thread needs none of this process's options, because Node itself strips the types of a source file.
    const worker = new Worker(join(__dirname, `encoder.worker${extname(__filename)}`), {
      execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    });
    worker.on('message', (reply: Reply) => {
      const { current } = this;
      this.current = undefined;
      if (reply.error === undefined) current?.resolve(split(reply.vectors, current.texts.length));
      else current?.reject(new Error(reply.error));
      this.next();
    });
    const lose = (error: Error) => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.current?.reject(error);
      this.current = undefined;
      if (!this.isClosed) this.next();
    };
    worker.on('error', (error) => lose(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => lose(new Error('The thread of the encoder exited.')));
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Error('The encoder has stopped.'));
    await this.worker?.terminate();
  }
}

function split(vectors: Float32Array, count: number): Float32Array[] {
  const size = vectors.length / count;
  return Array.from({ length: count }, (_, i) => vectors.slice(i * size, (i + 1) * size));
}
