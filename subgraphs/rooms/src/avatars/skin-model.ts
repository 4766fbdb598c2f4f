/** Writes the model of a skin as a GLB: boxes for the body, the head and the arms, in the colour of the skin. Reads no files. */
import type { Skin } from './catalogue';

interface Part {
  name: string;
  /** Centre and extent in metres. */
  at: [number, number, number];
  size: [number, number, number];
}

const PARTS: readonly Part[] = [
  { name: 'body', at: [0, 0.85, 0], size: [0.5, 0.9, 0.3] },
  { name: 'head', at: [0, 1.55, 0], size: [0.35, 0.35, 0.35] },
  { name: 'left arm', at: [0.36, 0.95, 0], size: [0.14, 0.7, 0.14] },
  { name: 'right arm', at: [-0.36, 0.95, 0], size: [0.14, 0.7, 0.14] },
  { name: 'left leg', at: [0.13, 0.2, 0], size: [0.18, 0.4, 0.2] },
  { name: 'right leg', at: [-0.13, 0.2, 0], size: [0.18, 0.4, 0.2] },
];

/** Each face of a cube with its normal and its corners, counter-clockwise. */
const FACES: readonly [normal: number[], corners: number[][]][] = [0, 1, 2].flatMap((axis) =>
  [1, -1].map((sign): [number[], number[][]] => {
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
    const corner = (a: number, b: number) => {
      const point = [0, 0, 0];
      point[axis] = sign / 2;
      point[u] = a / 2;
      point[v] = b / 2;
      return point;
    };
    const normal = [0, 0, 0];
    normal[axis] = sign;
    const corners = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
    return [normal, sign > 0 ? corners : corners.reverse()];
  }),
);

const GLB_MAGIC = 0x46546c67;
const CHUNK_JSON = 0x4e4f534a;
const CHUNK_BIN = 0x004e4942;

export function skinModel({ name, color }: Skin): Buffer {
  const positions = new Float32Array(FACES.flatMap(([, corners]) => corners.flat()));
  const normals = new Float32Array(FACES.flatMap(([normal, corners]) => corners.flatMap(() => normal)));
  const indices = new Uint16Array(FACES.flatMap((_face, index) => [0, 1, 2, 0, 2, 3].map((at) => index * 4 + at)));
  const binary = Buffer.concat([positions, normals, indices].map((part) => Buffer.from(part.buffer)));
  const [p, n] = [positions.byteLength, normals.byteLength];
  const vertices = positions.length / 3;
  const json = {
    asset: { version: '2.0', generator: 'chat-system' },
    scene: 0,
    scenes: [{ name, nodes: PARTS.map((_part, index) => index) }],
    nodes: PARTS.map(({ name: part, at, size }) => ({ name: part, mesh: 0, translation: at, scale: size })),
    meshes: [{ primitives: [{ attributes: { POSITION: 0, NORMAL: 1 }, indices: 2, material: 0 }] }],
    materials: [
      { pbrMetallicRoughness: { baseColorFactor: [...color, 1], metallicFactor: 0.2, roughnessFactor: 0.7 } },
    ],
    accessors: [
      {
        bufferView: 0,
        componentType: 5126,
        count: vertices,
        type: 'VEC3',
        min: [-0.5, -0.5, -0.5],
        max: [0.5, 0.5, 0.5],
      },
      { bufferView: 1, componentType: 5126, count: vertices, type: 'VEC3' },
      { bufferView: 2, componentType: 5123, count: indices.length, type: 'SCALAR' },
    ],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: p, target: 34962 },
      { buffer: 0, byteOffset: p, byteLength: n, target: 34962 },
      { buffer: 0, byteOffset: p + n, byteLength: indices.byteLength, target: 34963 },
    ],
    buffers: [{ byteLength: binary.length }],
  };
  const text = Buffer.from(JSON.stringify(json));
  return glb(chunk(CHUNK_JSON, text, 0x20), chunk(CHUNK_BIN, binary, 0));
}

function chunk(type: number, content: Buffer, padding: number): Buffer {
  const padded = Buffer.alloc(Math.ceil(content.length / 4) * 4, padding);
  content.copy(padded);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(padded.length, 0);
  head.writeUInt32LE(type, 4);
  return Buffer.concat([head, padded]);
}

function glb(...chunks: Buffer[]): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(GLB_MAGIC, 0);
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(12 + chunks.reduce((total, { length }) => total + length, 0), 8);
  return Buffer.concat([head, ...chunks]);
}
