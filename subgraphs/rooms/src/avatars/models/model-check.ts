/** The check of one model by the reference validator and by our own rules. Runs in model.worker.ts, because a model can hang the validator. */
import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { validateBytes, type ValidationReport } from 'gltf-validator';
import { objectsIn, readContainer, type Json } from './gltf-container';
import { limitProblems, type ModelLimits } from './model-limits';
import { isVrm, vrmProblems } from './vrm-check';

export interface CheckTask {
  bytes: Uint8Array;
  /** Limits for avatars; absent if the model is only validated. */
  limits?: ModelLimits;
  /** The folder of a model that may refer to other files in it; absent if it may not. */
  folder?: string;
}

export interface Verdict {
  /** Whether the model is valid by the specification. */
  isValid: boolean;
  /** The number of errors by the reference validator; null if it threw. */
  errors: number | null;
  /** The codes of the errors, without repetition, at most ten. */
  codes: string[];
  /** Reasons for a refusal as an avatar. */
  problems: string[];
  format: 'GLTF' | 'GLB' | 'VRM' | null;
  /** The names of the model's animations. */
  animations: string[];
}

const MAX_TEXTURE = 4096;
const ERROR = 0;

export async function checkModel({ bytes, limits, folder }: CheckTask): Promise<Verdict> {
  const container = readContainer(bytes);
  const problems = container && limits ? limitProblems(container.json, limits) : [];
  const format = container && (isVrm(container.json) ? ('VRM' as const) : container.format);
  const rejected = { isValid: false, errors: null, codes: [], format: format ?? null, animations: [] };
  if (problems.length > 0) return { ...rejected, problems };
  let report: ValidationReport;
  try {
    report = await validateBytes(bytes, { maxIssues: 0, externalResourceFunction: (uri) => readBeside(folder, uri) });
  } catch (error) {
    return { ...rejected, problems: [`The model cannot be read: ${String(error).slice(0, 200)}`] };
  }
  const found = report.issues.messages.filter(({ severity }) => severity === ERROR);
  const errors = found.filter((message) => !(container && isUnreadUrl(container.json, message)));
  const codes = [...new Set(errors.map(({ code }) => code))].slice(0, 10);
  const numErrors = errors.length;
  const vrm = container ? vrmProblems(container.json) : [];
  return {
    isValid: numErrors === 0 && vrm.length === 0,
    errors: numErrors,
    codes,
    problems: [
      ...(numErrors > 0 ? [`The model has ${numErrors} errors: ${codes.join(', ')}.`] : []),
      ...vrm,
      ...(limits ? textureProblems(report) : []),
    ],
    format: format ?? null,
    animations: container ? animationNames(container.json['animations']) : [],
  };
}

/** The validator reports absolute URLs that nobody loads as unreadable; by the specification they are valid. */
function isUnreadUrl(json: Json, { code, pointer }: { code: string; pointer?: string }): boolean {
  if (code !== 'IO_ERROR' || pointer === undefined) return false;
  const [, list = '', index = ''] = pointer.split('/');
  const uri = objectsIn(json[list])[Number(index)]?.['uri'];
  return typeof uri === 'string' && /^[a-z][a-z0-9+.-]*:\/\//i.test(uri);
}

function textureProblems({ info }: ValidationReport): string[] {
  const images = (info?.resources ?? []).flatMap(({ image }) => image ?? []);
  const isLarge = images.some(({ width, height }) => Math.max(width, height) > MAX_TEXTURE);
  return isLarge ? [`A texture is larger than ${MAX_TEXTURE} pixels.`] : [];
}

const animationNames = (animations: unknown): string[] =>
  objectsIn(animations)
    .map(({ name }) => name)
    .filter((name): name is string => typeof name === 'string' && name.length > 0 && name.length <= 40);

async function readBeside(folder: string | undefined, uri: string): Promise<Uint8Array> {
  if (folder === undefined) throw new Error('The model refers to other files.');
  const path = resolve(folder, decodeURIComponent(uri));
  if (!path.startsWith(resolve(folder) + sep)) throw new Error('The file is outside of the folder.');
  return readFile(path);
}
