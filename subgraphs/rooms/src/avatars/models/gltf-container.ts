/** Reads the container of a model: glTF as JSON, or GLB with its chunks. Interprets nothing in the JSON. */

const MAGIC = 0x46546c67;
const CHUNK_JSON = 0x4e4f534a;
/** The longest JSON of a model, in bytes. */
const MAX_JSON = 16 << 20;

/** The JSON of a model. Nothing about it has been checked. */
export type Json = Record<string, unknown>;

export interface Container {
  format: 'GLTF' | 'GLB';
  json: Json;
}

/** Undefined if the bytes are neither format. */
export function readContainer(bytes: Uint8Array): Container | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isGlb = bytes.length >= 20 && view.getUint32(0, true) === MAGIC;
  if (!isGlb) return parse('GLTF', bytes);
  const length = view.getUint32(12, true);
  if (view.getUint32(16, true) !== CHUNK_JSON || 20 + length > bytes.length) return undefined;
  return parse('GLB', bytes.subarray(20, 20 + length));
}

function parse(format: Container['format'], bytes: Uint8Array): Container | undefined {
  if (bytes.length > MAX_JSON * (format === 'GLTF' ? 4 : 1)) return undefined; // glTF may embed its buffers
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(json) ? { format, json } : undefined;
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list; empty if it is none. */
export const objectsIn = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
