/**
 * The limits of models that are accepted as avatars, checked on the JSON before the validator reads the rest: a small file can describe a
 * billion triangles. Says nothing about validity.
 */
import { isObject, objectsIn, type Json } from './gltf-container';

export interface ModelLimits {
  triangles: number;
}

const MAX_NODES = 2000;
const MAX_IMAGES = 32;
const MAX_MATERIALS = 64;
const MAX_ANIMATIONS = 64;
/** The sum of all elements of accessors. */
const MAX_ELEMENTS = 20_000_000;
const TRIANGLES = 4;

/** The reasons for a refusal; empty if the model is within the limits. */
export function limitProblems(json: Json, { triangles }: ModelLimits): string[] {
  const problems = [...externalProblems(json), ...paddedProblems(json), ...sizeProblems(json)];
  const count = trianglesOf(json);
  if (count > triangles) problems.push(`The model has ${count} triangles; at most ${triangles} are allowed.`);
  return problems;
}

function externalProblems(json: Json): string[] {
  const isExternal = ({ uri }: Json) => typeof uri === 'string' && !uri.startsWith('data:');
  const external = [...objectsIn(json['buffers']), ...objectsIn(json['images'])].filter(isExternal);
  return external.length > 0 ? ['The model refers to other files. Embed them, as in a GLB.'] : [];
}

/** A buffer's data URI may have up to three bytes of padding. The specification does not forbid more. */
function paddedProblems(json: Json): string[] {
  const isPadded = ({ uri, byteLength }: Json) =>
    typeof uri === 'string' && ((uri.length - uri.indexOf(',') - 1) * 3) / 4 > (Number(byteLength) || 0) + 5;
  const isBase64 = ({ uri }: Json) => typeof uri === 'string' && /^data:[^,]*;base64,/.test(uri);
  const padded = objectsIn(json['buffers']).filter((buffer) => isBase64(buffer) && isPadded(buffer));
  return padded.length > 0 ? ['The data URI of a buffer is longer than the buffer.'] : [];
}

function sizeProblems(json: Json): string[] {
  const most = (name: string, limit: number) => {
    const list = json[name];
    return Array.isArray(list) && list.length > limit
      ? [`The model has ${list.length} ${name}; at most ${limit} are allowed.`]
      : [];
  };
  const elements = objectsIn(json['accessors']).reduce((total, { count }) => total + (Number(count) || 0), 0);
  return [
    ...most('nodes', MAX_NODES),
    ...most('images', MAX_IMAGES),
    ...most('materials', MAX_MATERIALS),
    ...most('animations', MAX_ANIMATIONS),
    ...(elements > MAX_ELEMENTS
      ? [`The accessors have ${elements} elements; at most ${MAX_ELEMENTS} are allowed.`]
      : []),
  ];
}

/** Triangles of all meshes, as often as nodes show them. */
function trianglesOf(json: Json): number {
  const accessors = objectsIn(json['accessors']);
  const countOf = (index: unknown): number => Number(accessors[Number(index)]?.['count']) || 0;
  const ofMesh = objectsIn(json['meshes']).map(({ primitives }) =>
    objectsIn(primitives).reduce((total, { indices, attributes, mode = TRIANGLES }) => {
      if (Number(mode) < TRIANGLES) return total; // points and lines
      const vertices =
        indices === undefined ? countOf(isObject(attributes) && attributes['POSITION']) : countOf(indices);
      return total + (mode === TRIANGLES ? Math.floor(vertices / 3) : Math.max(0, vertices - 2));
    }, 0),
  );
  const shown = objectsIn(json['nodes']).reduce((total, { mesh }) => total + (ofMesh[Number(mesh)] ?? 0), 0);
  return Math.max(shown, ...ofMesh, 0);
}
