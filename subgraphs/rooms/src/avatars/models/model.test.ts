/** The validation of models: built-in skins pass, and models that are invalid, too large or malicious are refused in bounded time. */
import { SKINS } from '../catalogue';
import { skinModel } from '../skin-model';
import { BONES, boneNodes, humanBones, VRM_META } from '../../testing/vrm-model';
import { ModelValidator } from './model-validator';
import { vrmProblems } from './vrm-check';

const validator = new ModelValidator();
afterAll(() => validator[Symbol.asyncDispose]());

const limits = { triangles: 1000 };
const check = (json: object) => validator.check({ bytes: Buffer.from(JSON.stringify(json)), limits });
const asset = { version: '2.0' };

test('the models of all skins are valid', async () => {
  for (const skin of SKINS)
    expect(await validator.check({ bytes: skinModel(skin), limits })).toEqual({
      isValid: true,
      errors: 0,
      codes: [],
      problems: [],
      format: 'GLB',
      animations: [],
    });
});

test.each<[string, object | Buffer]>([
  ['no model', Buffer.from('GIF89a')],
  ['an empty file', Buffer.alloc(0)],
  ['a GLB that ends early', skinModel(SKINS[0]!).subarray(0, 400)],
  ['a GLB with a wrong chunk length', corrupted(skinModel(SKINS[0]!))],
  ['another version', { asset: { version: '3.0' } }],
  ['a buffer elsewhere', { asset, buffers: [{ byteLength: 4, uri: 'https://example.org/a.bin' }] }],
  ['an image in a file', { asset, images: [{ uri: '../../etc/passwd' }] }],
  ['a billion triangles', bomb(3_000_000_000)],
  ['many triangles by instances', instances(2000)],
  [
    'a data URI that is longer than it says',
    { asset, buffers: [{ byteLength: 4, uri: `data:application/octet-stream;base64,${'A'.repeat(4_000_000)}` }] },
  ],
  ['deep nesting', Buffer.from(`{"asset":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)],
  ['a cycle of nodes', { asset, scenes: [{ nodes: [0] }], nodes: [{ children: [1] }, { children: [0] }] }],
])('%s is refused', async (_name, model) => {
  const bytes = Buffer.isBuffer(model) ? model : Buffer.from(JSON.stringify(model));
  const { isValid, problems } = await validator.check({ bytes, limits });
  expect([isValid, problems.length > 0]).toEqual([false, true]);
});

test('a check that takes too long ends, and the next one works', async () => {
  await using hasty = new ModelValidator({ deadlineMs: 1 });
  expect((await hasty.check({ bytes: skinModel(SKINS[0]!), limits })).problems).toEqual([
    'The check of the model took too long.',
  ]);
  expect((await check({ asset })).isValid).toBe(true);
});

/** A humanoid without meshes. */
function vrm(
  change: (parts: {
    bones: Record<string, { node: number }>;
    meta: Record<string, unknown>;
    nodes: { name: string; children?: number[] }[];
  }) => void = () => undefined,
) {
  const nodes = boneNodes();
  const bones = humanBones();
  const meta: Record<string, unknown> = { ...VRM_META };
  change({ bones, meta, nodes });
  return {
    asset,
    extensionsUsed: ['VRMC_vrm'],
    extensions: { VRMC_vrm: { specVersion: '1.0', meta, humanoid: { humanBones: bones } } },
    scenes: [{ nodes: [0] }],
    nodes,
  };
}

test('a VRM with all required bones is accepted as a VRM', async () => {
  expect(await check(vrm())).toMatchObject({ isValid: true, problems: [], format: 'VRM' });
});

test.each<[string, object]>([
  ['a missing bone', vrm(({ bones }) => delete bones['head'])],
  ['a bone without a node', vrm(({ bones }) => (bones['head'] = { node: 99 }))],
  ['two bones with one node', vrm(({ bones }) => (bones['head'] = { node: bones['hips']!.node }))],
  ['a bone outside of its chain', vrm(({ nodes }) => delete nodes[BONES.indexOf('leftLowerArm')]!.children)],
  ['no author', vrm(({ meta }) => (meta['authors'] = []))],
  ['no licence', vrm(({ meta }) => delete meta['licenseUrl'])],
  ['a thumbnail that does not exist', vrm(({ meta }) => (meta['thumbnailImage'] = 0))],
  ['another version', { ...vrm(), extensions: { VRMC_vrm: { ...vrm().extensions.VRMC_vrm, specVersion: '0.9' } } }],
  ['an extension that is only declared', { ...vrm(), extensions: {} }],
  ['VRM 0.x', { asset, extensionsUsed: ['VRM'], extensions: { VRM: {} } }],
  [
    'an expression without a morph target',
    {
      ...vrm(),
      extensions: {
        VRMC_vrm: {
          ...vrm().extensions.VRMC_vrm,
          expressions: { preset: { happy: { morphTargetBinds: [{ node: 0, index: 0, weight: 1 }] } } },
        },
      },
    },
  ],
])('a VRM with %s is refused', async (_name, model) => {
  expect(vrmProblems(model as Record<string, unknown>)).toHaveLength(1);
  expect(await check(model)).toMatchObject({ isValid: false });
});

function corrupted(glb: Buffer): Buffer {
  const copy = Buffer.from(glb);
  copy.writeUInt32LE(0xfffffff0, 12);
  return copy;
}

/** A mesh with an accessor that has no data and claims `count` indices. */
function bomb(count: number) {
  return {
    asset,
    accessors: [
      { componentType: 5126, count: 3, type: 'VEC3' },
      { componentType: 5125, count, type: 'SCALAR' },
    ],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    nodes: [{ mesh: 0 }],
    scenes: [{ nodes: [0] }],
  };
}

function instances(count: number) {
  return {
    ...bomb(30),
    nodes: Array.from({ length: count }, () => ({ mesh: 0 })),
  };
}
