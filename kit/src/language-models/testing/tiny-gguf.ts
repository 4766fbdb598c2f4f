// cspell:words qwen
/**
 * Writes tiny models with random weights in the GGUF format (version 3), as llama.cpp's documentation describes it. The answers of one are
 * the few words of {@link TINY_WORDS} in random order, and do not end by themselves. The other one ranks texts.
 */
import { writeFileSync } from 'node:fs';

export const TINY_WORDS = [' well', ' all', ' is', ' the', ' chat', '.', ' and', ' we'];

const [EMBEDDING, FEED_FORWARD, HEADS, CONTEXT] = [32, 64, 2, 2048];
const ALIGNMENT = 32;
const TYPES = { u32: 4, i32: 5, f32: 6, text: 8, list: 9 } as const;

type Value =
  { u32: number } | { f32: number } | { text: string } | { texts: string[] } | { f32s: number[] } | { i32s: number[] };

const BYTES = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
const TOKENS = ['<unk>', '<s>', '</s>', ...BYTES, ...TINY_WORDS.map((word) => word.replace(' ', '▁'))];
const FIRST_WORD = TOKENS.length - TINY_WORDS.length;
/** Unknown, control, byte and normal tokens. */
const kindOf = (index: number): number => (index === 0 ? 2 : index < 3 ? 3 : index < FIRST_WORD ? 6 : 1);

const metadataOf = (architecture: string): Record<string, Value> => ({
  'general.architecture': { text: architecture },
  'general.name': { text: 'tiny' },
  'general.file_type': { u32: 0 },
  [`${architecture}.context_length`]: { u32: CONTEXT },
  [`${architecture}.embedding_length`]: { u32: EMBEDDING },
  [`${architecture}.block_count`]: { u32: 1 },
  [`${architecture}.feed_forward_length`]: { u32: FEED_FORWARD },
  [`${architecture}.attention.head_count`]: { u32: HEADS },
  [`${architecture}.attention.head_count_kv`]: { u32: HEADS },
  [`${architecture}.attention.layer_norm_rms_epsilon`]: { f32: 1e-5 },
  [`${architecture}.rope.dimension_count`]: { u32: EMBEDDING / HEADS },
  [`${architecture}.vocab_size`]: { u32: TOKENS.length },
  'tokenizer.ggml.model': { text: 'llama' },
  'tokenizer.ggml.tokens': { texts: TOKENS },
  'tokenizer.ggml.scores': { f32s: TOKENS.map((_, index) => -index) },
  'tokenizer.ggml.token_type': { i32s: TOKENS.map((_, index) => kindOf(index)) },
  'tokenizer.ggml.bos_token_id': { u32: 1 },
  'tokenizer.ggml.eos_token_id': { u32: 2 },
  'tokenizer.ggml.unknown_token_id': { u32: 0 },
});

/** Pooling by rank, in llama.cpp's numbers. */
const RANKING = { 'qwen3.pooling_type': { u32: 4 }, 'qwen3.classifier.output_labels': { texts: ['yes', 'no'] } };
const RANKING_TENSORS = {
  'blk.0.attn_q_norm.weight': [EMBEDDING / HEADS],
  'blk.0.attn_k_norm.weight': [EMBEDDING / HEADS],
  'cls.output.weight': [EMBEDDING, 2],
};

const TENSORS: Record<string, number[]> = {
  'token_embd.weight': [EMBEDDING, TOKENS.length],
  'output.weight': [EMBEDDING, TOKENS.length],
  'output_norm.weight': [EMBEDDING],
  'blk.0.attn_norm.weight': [EMBEDDING],
  'blk.0.attn_q.weight': [EMBEDDING, EMBEDDING],
  'blk.0.attn_k.weight': [EMBEDDING, EMBEDDING],
  'blk.0.attn_v.weight': [EMBEDDING, EMBEDDING],
  'blk.0.attn_output.weight': [EMBEDDING, EMBEDDING],
  'blk.0.ffn_norm.weight': [EMBEDDING],
  'blk.0.ffn_gate.weight': [EMBEDDING, FEED_FORWARD],
  'blk.0.ffn_up.weight': [EMBEDDING, FEED_FORWARD],
  'blk.0.ffn_down.weight': [FEED_FORWARD, EMBEDDING],
};

const numberBytes = (size: number, write: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
};
const u32 = (value: number) => numberBytes(4, (bytes) => bytes.writeUInt32LE(value));
const u64 = (value: number) => numberBytes(8, (bytes) => bytes.writeBigUInt64LE(BigInt(value)));
const f32 = (value: number) => numberBytes(4, (bytes) => bytes.writeFloatLE(value));
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const list = (type: number, items: Buffer[]) =>
  Buffer.concat([u32(TYPES.list), u32(type), u64(items.length), ...items]);
const aligned = (length: number) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);

function valueBytes(value: Value): Buffer {
  if ('u32' in value) return Buffer.concat([u32(TYPES.u32), u32(value.u32)]);
  if ('f32' in value) return Buffer.concat([u32(TYPES.f32), f32(value.f32)]);
  if ('text' in value) return Buffer.concat([u32(TYPES.text), text(value.text)]);
  if ('texts' in value) return list(TYPES.text, value.texts.map(text));
  return 'f32s' in value ? list(TYPES.f32, value.f32s.map(f32)) : list(TYPES.i32, value.i32s.map(u32));
}

/** Writes the model, about 120 KB. The same weights each time. */
export const writeTinyGguf = (path: string): void => write(path, metadataOf('llama'), TENSORS);

/** Writes a model that ranks texts, in the form of Qwen3-Reranker. The same weights each time. */
export const writeTinyRanker = (path: string): void =>
  write(path, { ...metadataOf('qwen3'), ...RANKING }, { ...TENSORS, ...RANKING_TENSORS });

function write(path: string, values: Record<string, Value>, tensors: Record<string, number[]>): void {
  let seed = 1;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31 - 0.5;
  const weights = Object.entries(tensors).map(([name, shape]) => {
    const numbers = new Float32Array(shape.reduce((product, size) => product * size));
    for (let index = 0; index < numbers.length; index++) {
      // Words are far likelier than single bytes, so that the text is readable.
      const scale = name !== 'output.weight' ? 1 : index >= FIRST_WORD * EMBEDDING ? 4 : 0.01;
      numbers[index] = name.includes('norm') ? 1 : scale * random();
    }
    return padded(Buffer.from(numbers.buffer));
  });
  let offset = 0;
  const infos = Object.entries(tensors).map(([name, shape], index) => {
    const info = Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)]);
    offset += weights[index]!.length;
    return info;
  });
  const metadata = Object.entries(values).map(([name, value]) => Buffer.concat([text(name), valueBytes(value)]));
  const sizes = [u32(3), u64(infos.length), u64(metadata.length)];
  writeFileSync(
    path,
    Buffer.concat([padded(Buffer.concat([Buffer.from('GGUF'), ...sizes, ...metadata, ...infos])), ...weights]),
  );
}
