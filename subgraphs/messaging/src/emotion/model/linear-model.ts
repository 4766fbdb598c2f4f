// cspell:words logit logits
/**
 * A linear classifier over hashed features, and its file. Knows neither texts nor emotions.
 *
 * Layout of the file, little-endian:
 *
 * | bytes    | content                                                                               |
 * |----------|---------------------------------------------------------------------------------------|
 * | 4        | `EMO1`                                                                                |
 * | 4        | length of the header, a multiple of 4                                                 |
 * | length   | the header: JSON, padded with spaces ({@link ModelHeader})                            |
 * | 4 × n    | hashes of the n features, ascending, unsigned                                         |
 * | l × n    | weights: for each feature one signed byte per label, in units of the label's `scale`  |
 */

/** The part of the file that a person can read. */
export interface ModelHeader {
  labels: string[];
  /** Number of feature groups. */
  groups: number;
  features: number;
  /** Per label. Together with the weights it gives a calibrated logit. */
  bias: number[];
  /** Labels compete for a text: this share of the logarithm of the sum of all probabilities is subtracted from each logit. */
  competition: number;
  /** Per label: subtracted at last, so that a score of 0 separates yes from no. */
  thresholds: number[];
  /** Per label: the weight that the byte 1 stands for. */
  scale: number[];
}

const MAGIC = 'EMO1';

/** Features of one text reach the model through this function. */
export type Extraction = (sink: (group: number, hash: number) => void) => void;

export class LinearModel {
  /** For the upper 16 bits of a hash: the position of the first feature that has them. */
  private readonly starts = new Uint32Array(65_537);
  /** Per feature: the text in which it occurred last. */
  private readonly seen: Uint32Array;
  private text = 0;

  constructor(
    readonly header: ModelHeader,
    private readonly hashes: Uint32Array,
    private readonly weights: Int8Array,
  ) {
    this.seen = new Uint32Array(hashes.length);
    let position = 0;
    for (let prefix = 0; prefix <= 65_536; prefix++) {
      while (position < hashes.length && hashes[position]! >>> 16 < prefix) position++;
      this.starts[prefix] = position;
    }
  }

  /** @throws Error if the bytes are not a model */
  static read(bytes: Uint8Array): LinearModel {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== MAGIC)
      throw new Error('This is not an emotion model.');
    const length = view.getUint32(4, true);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString('utf8')) as ModelHeader;
    const { features, labels } = header;
    const hashesAt = 8 + length;
    const weightsAt = hashesAt + 4 * features;
    if (bytes.byteLength !== weightsAt + features * labels.length) throw new Error('The emotion model is incomplete.');
    const hashes = Uint32Array.from({ length: features }, (_, i) => view.getUint32(hashesAt + 4 * i, true));
    const weights = Int8Array.from(bytes.subarray(weightsAt), (byte) => (byte << 24) >> 24);
    return new LinearModel(header, hashes, weights);
  }

  /** The file's content. */
  write(): Uint8Array {
    const json = Buffer.from(JSON.stringify(this.header), 'utf8');
    const header = Buffer.alloc(Math.ceil(json.length / 4) * 4, ' ');
    json.copy(header);
    const start = Buffer.alloc(8);
    start.write(MAGIC, 'latin1');
    start.writeUInt32LE(header.length, 4);
    const hashes = Buffer.alloc(4 * this.hashes.length);
    this.hashes.forEach((hash, i) => hashes.writeUInt32LE(hash, 4 * i));
    return Buffer.concat([start, header, hashes, Buffer.from(this.weights.buffer)]);
  }

  /** One score per label; the label applies if it is above 0. */
  score(extract: Extraction): Float64Array {
    const { bias, competition, groups, scale, thresholds } = this.header;
    const labels = bias.length;
    const sums = new Float64Array(groups * labels);
    const counts = new Uint32Array(groups);
    const text = ++this.text;
    extract((group, hash) => {
      const feature = this.find(hash);
      if (feature < 0 || this.seen[feature] === text) return;
      this.seen[feature] = text;
      counts[group]!++;
      for (let label = 0; label < labels; label++)
        sums[group * labels + label]! += this.weights[feature * labels + label]!;
    });
    const scores = Float64Array.from(bias);
    for (let group = 0; group < groups; group++)
      for (let label = 0; label < labels; label++)
        scores[label]! += (sums[group * labels + label]! * scale[label]!) / Math.sqrt(counts[group] || 1);
    const rivalry = rivalryOf(scores, competition);
    return scores.map((score, label) => score - rivalry - thresholds[label]!);
  }

  /** -1 if the feature is unknown. */
  private find(hash: number): number {
    const end = this.starts[(hash >>> 16) + 1]!;
    for (let i = this.starts[hash >>> 16]!; i < end; i++) if (this.hashes[i] === hash) return i;
    return -1;
  }
}

/** What the competition of labels subtracts from each of their logits. */
export function rivalryOf(logits: Float64Array, competition: number): number {
  if (competition === 0) return 0;
  const total = logits.reduce((sum, logit) => sum + 1 / (1 + Math.exp(-logit)), 0);
  return competition * Math.log(total);
}
