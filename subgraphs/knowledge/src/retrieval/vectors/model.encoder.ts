/** An encoder by a configured model: Ollama, a server with OpenAI's API, or a GGUF file. Its operator states which languages it knows. */
import type { TextEmbedder } from '@chat/kit/language-models/text-embedder';
import type { Encoder, TextRole } from './encoder';

export interface ModelEncoderOptions {
  languages: readonly string[];
  /** The beginning of each text, by which some models tell questions from passages. */
  prefixes: Record<TextRole, string>;
}

/** For one batch, with the start of a model, in milliseconds. */
const DEADLINE_MS = 120_000;

export class ModelEncoder implements Encoder {
  readonly name: string;
  readonly languages: readonly string[];
  readonly minSimilarity = 0.2;
  private size: number | undefined;

  constructor(
    private readonly embedder: TextEmbedder,
    private readonly options: ModelEncoderOptions,
  ) {
    this.languages = options.languages;
    const { PASSAGE } = options.prefixes;
    this.name = PASSAGE === '' ? embedder.name : `${embedder.name}:${PASSAGE}`;
  }

  async dimensions(): Promise<number> {
    if (this.size === undefined) await this.embed(['size'], 'PASSAGE');
    return this.size!;
  }

  async embed(texts: readonly string[], role: TextRole): Promise<Float32Array[]> {
    if (texts.length === 0) return [];
    const prefixed = texts.map((text) => this.options.prefixes[role] + text);
    const vectors = await this.embedder.embed(prefixed, AbortSignal.timeout(DEADLINE_MS));
    const size = vectors[0]!.length;
    this.size ??= size;
    if (size !== this.size)
      throw new Error(`The vectors of ${this.name} have ${size} dimensions, not ${this.size} as before.`);
    return vectors.map((vector) => {
      const length = Math.hypot(...vector);
      return Float32Array.from(vector, (x) => x / length);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.embedder[Symbol.asyncDispose]?.();
  }
}
