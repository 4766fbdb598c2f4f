/**
 * A small VRM 1.0 for tests: the required bones, and a face of two triangles that grows with the expression `happy`. The clip `stretch`
 * moves the hips. Its parts make further models.
 */

const CHAINS = [
  ['hips', 'spine', 'head'],
  ['spine', 'leftUpperArm', 'leftLowerArm', 'leftHand'],
  ['spine', 'rightUpperArm', 'rightLowerArm', 'rightHand'],
  ['hips', 'leftUpperLeg', 'leftLowerLeg', 'leftFoot'],
  ['hips', 'rightUpperLeg', 'rightLowerLeg', 'rightFoot'],
];
export const BONES = [...new Set(CHAINS.flat())];
export const VRM_META = { name: 'Ada', authors: ['Ada'], licenseUrl: 'https://vrm.dev/licenses/1.0/' };
const FACE = BONES.length;

const CORNERS = [
  [-0.2, -0.2, 0],
  [0.2, -0.2, 0],
  [0.2, 0.2, 0],
  [-0.2, 0.2, 0],
].flat();
const NORMALS = [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1];

export interface VrmOptions {
  /** Linear RGB of the face. */
  color?: [number, number, number];
}

interface Node {
  name: string;
  children?: number[];
  mesh?: number;
  translation?: number[];
}

/** The required bones as nodes of a glTF, in the order of {@link BONES}. */
export function boneNodes(): Node[] {
  const nodes: Node[] = BONES.map((name) => ({ name }));
  for (const chain of CHAINS)
    for (const [index, bone] of chain.slice(1).entries())
      (nodes[BONES.indexOf(chain[index]!)]!.children ??= []).push(BONES.indexOf(bone));
  return nodes;
}

/** The bones of the extension that stand for the nodes of {@link boneNodes}. */
export const humanBones = (): Record<string, { node: number }> =>
  Object.fromEntries(BONES.map((name, node) => [name, { node }]));

/** As the JSON of a glTF with embedded data. */
export function vrmModel({ color = [0.9, 0.6, 0.4] }: VrmOptions = {}): Buffer {
  const nodes = boneNodes();
  for (const bone of nodes) bone.translation = [0, bone.name === 'hips' ? 0.9 : 0.1, 0];
  nodes[BONES.indexOf('head')]!.children = [FACE];
  nodes.push({ name: 'face', mesh: 0 });
  const parts = [
    Float32Array.from(CORNERS),
    Float32Array.from(NORMALS),
    Float32Array.from(CORNERS.map((value) => value * 2)), // the way of each corner to a face of three times the size
    Uint16Array.from([0, 1, 2, 0, 2, 3]),
    Float32Array.from([0, 1]), // seconds
    Float32Array.from([0, 0.9, 0, 0, 1.4, 0]),
  ];
  const views: { buffer: 0; byteOffset: number; byteLength: number }[] = [];
  let byteOffset = 0;
  for (const { byteLength } of parts) {
    views.push({ buffer: 0, byteOffset, byteLength });
    byteOffset += byteLength;
  }
  const binary = Buffer.concat(parts.map((part) => Buffer.from(part.buffer)));
  const points = { componentType: 5126, count: 4, type: 'VEC3' };
  const json = {
    asset: { version: '2.0', generator: 'a test' },
    extensionsUsed: ['VRMC_vrm'],
    extensions: {
      VRMC_vrm: {
        specVersion: '1.0',
        meta: VRM_META,
        humanoid: { humanBones: humanBones() },
        expressions: {
          preset: { happy: { morphTargetBinds: [{ node: FACE, index: 0, weight: 1 }], isBinary: false } },
        },
      },
    },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes,
    meshes: [
      {
        primitives: [{ attributes: { POSITION: 0, NORMAL: 1 }, targets: [{ POSITION: 2 }], indices: 3, material: 0 }],
      },
    ],
    materials: [{ pbrMetallicRoughness: { baseColorFactor: [...color, 1] }, doubleSided: true }],
    animations: [
      {
        name: 'stretch',
        channels: [{ sampler: 0, target: { node: 0, path: 'translation' } }],
        samplers: [{ input: 4, output: 5 }],
      },
    ],
    accessors: [
      { ...points, bufferView: 0, min: [-0.2, -0.2, 0], max: [0.2, 0.2, 0] },
      { ...points, bufferView: 1 },
      { ...points, bufferView: 2, min: [-0.4, -0.4, 0], max: [0.4, 0.4, 0] },
      { bufferView: 3, componentType: 5123, count: 6, type: 'SCALAR' },
      { bufferView: 4, componentType: 5126, count: 2, type: 'SCALAR', min: [0], max: [1] },
      { bufferView: 5, componentType: 5126, count: 2, type: 'VEC3' },
    ],
    bufferViews: views,
    buffers: [{ byteLength: binary.length, uri: `data:application/octet-stream;base64,${binary.toString('base64')}` }],
  };
  return Buffer.from(JSON.stringify(json));
}
