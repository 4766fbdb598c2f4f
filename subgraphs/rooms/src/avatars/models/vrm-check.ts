/**
 * The check of VRM 1.0, which the validator of glTF does not have: VRMC_vrm with its humanoid, meta and expressions, and references of the
 * other VRMC extensions. Follows the specification of VRMC_vrm 1.0.
 */
import { isObject, objectsIn, type Json } from './gltf-container';

/** Each required bone with the nearest required bone above it. */
const REQUIRED_BONES: Record<string, string | null> = {
  hips: null,
  spine: 'hips',
  head: 'spine',
  leftUpperArm: 'spine',
  leftLowerArm: 'leftUpperArm',
  leftHand: 'leftLowerArm',
  rightUpperArm: 'spine',
  rightLowerArm: 'rightUpperArm',
  rightHand: 'rightLowerArm',
  leftUpperLeg: 'hips',
  leftLowerLeg: 'leftUpperLeg',
  leftFoot: 'leftLowerLeg',
  rightUpperLeg: 'hips',
  rightLowerLeg: 'rightUpperLeg',
  rightFoot: 'rightLowerLeg',
};

const SPEC_VERSION = /^1\.0(-.*)?$/;

export const isVrm = (json: Json): boolean =>
  extensionOf(json, 'VRMC_vrm') !== undefined || usedExtensions(json).includes('VRMC_vrm');

/** The problems of a model that says it is a VRM; empty for others. */
export function vrmProblems(json: Json): string[] {
  const used = usedExtensions(json);
  if (used.includes('VRM')) return ['VRM 0.x is not supported. Convert the model to VRM 1.0.'];
  if (!isVrm(json)) return used.some((name) => name.startsWith('VRMC_')) ? versionProblems(json, used) : [];
  const vrm = extensionOf(json, 'VRMC_vrm');
  if (!vrm) return ['extensionsUsed has VRMC_vrm, but the model has no such extension.'];
  return [
    ...(used.includes('VRMC_vrm') ? [] : ['VRMC_vrm is missing in extensionsUsed.']),
    ...versionProblems(json, used),
    ...metaProblems(vrm, json),
    ...humanoidProblems(vrm, json),
    ...expressionProblems(vrm, json),
  ];
}

const usedExtensions = (json: Json): string[] =>
  Array.isArray(json['extensionsUsed'])
    ? json['extensionsUsed'].filter((name): name is string => typeof name === 'string')
    : [];

const member = (object: unknown, name: string): Json | undefined => {
  const value = isObject(object) ? object[name] : undefined;
  return isObject(value) ? value : undefined;
};

const extensionOf = (json: Json, name: string) => member(member(json, 'extensions'), name);

function versionProblems(json: Json, used: readonly string[]): string[] {
  return used
    .filter((name) => ['VRMC_vrm', 'VRMC_springBone', 'VRMC_vrm_animation'].includes(name))
    .flatMap((name) => {
      const version = extensionOf(json, name)?.['specVersion'];
      return typeof version === 'string' && SPEC_VERSION.test(version) ? [] : [`${name}.specVersion must be 1.0.`];
    });
}

function metaProblems(vrm: Json, json: Json): string[] {
  const meta = member(vrm, 'meta');
  if (!meta) return ['VRMC_vrm.meta is missing.'];
  const { name, authors, licenseUrl, thumbnailImage } = meta;
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  return [
    ...(isText(name) ? [] : ['VRMC_vrm.meta.name is missing.']),
    ...(Array.isArray(authors) && authors.length > 0 && authors.every(isText)
      ? []
      : ['VRMC_vrm.meta.authors is missing.']),
    ...(isText(licenseUrl) ? [] : ['VRMC_vrm.meta.licenseUrl is missing.']),
    ...(thumbnailImage === undefined || isIndex(thumbnailImage, json['images'])
      ? []
      : ['VRMC_vrm.meta.thumbnailImage names no image.']),
  ];
}

function humanoidProblems(vrm: Json, json: Json): string[] {
  const bones = member(member(vrm, 'humanoid'), 'humanBones');
  if (!bones) return ['VRMC_vrm.humanoid.humanBones is missing.'];
  const problems: string[] = [];
  const nodeOf = new Map<string, number>();
  for (const [bone, value] of Object.entries(bones)) {
    const node = isObject(value) ? value['node'] : undefined;
    if (!isIndex(node, json['nodes'])) problems.push(`The bone ${bone} names no node.`);
    else if ([...nodeOf.values()].includes(node)) problems.push(`The bone ${bone} shares its node with another one.`);
    else nodeOf.set(bone, node);
  }
  const parents = parentsOf(json);
  for (const [bone, above] of Object.entries(REQUIRED_BONES)) {
    const node = nodeOf.get(bone);
    if (node === undefined) {
      if (!Object.hasOwn(bones, bone)) problems.push(`The bone ${bone} is missing.`);
      continue;
    }
    const ancestor = above === null ? undefined : nodeOf.get(above);
    if (ancestor !== undefined && !isBelow(node, ancestor, parents))
      problems.push(`The bone ${bone} is not below ${above}.`);
  }
  return problems;
}

function parentsOf(json: Json): Map<number, number> {
  const parents = new Map<number, number>();
  objectsIn(json['nodes']).forEach(({ children }, index) => {
    if (Array.isArray(children)) for (const child of children) parents.set(Number(child), index);
  });
  return parents;
}

function isBelow(node: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  const seen = new Set<number>();
  for (let at = parents.get(node); at !== undefined && !seen.has(at); at = parents.get(at)) {
    if (at === ancestor) return true;
    seen.add(at);
  }
  return false;
}

function expressionProblems(vrm: Json, json: Json): string[] {
  const expressions = member(vrm, 'expressions');
  const all = [member(expressions, 'preset'), member(expressions, 'custom')].flatMap((group) =>
    Object.entries(group ?? {}),
  );
  return all.flatMap(([name, expression]) => {
    const binds = isObject(expression) ? objectsIn(expression['morphTargetBinds']) : [];
    return binds.every((bind) => isMorphTarget(bind, json)) ? [] : [`The expression ${name} names no morph target.`];
  });
}

function isMorphTarget({ node, index, weight }: Json, json: Json): boolean {
  if (!isIndex(node, json['nodes']) || typeof weight !== 'number' || weight < 0 || weight > 1) return false;
  const mesh = objectsIn(json['meshes'])[Number(objectsIn(json['nodes'])[node]?.['mesh'])];
  const [primitive] = objectsIn(mesh?.['primitives']);
  return isIndex(index, primitive?.['targets']);
}

const isIndex = (value: unknown, list: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && Array.isArray(list) && value < list.length;
