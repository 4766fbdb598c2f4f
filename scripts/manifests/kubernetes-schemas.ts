/**
 * Validates Kubernetes resources against the schemas of Kubernetes itself, as the npm package kubernetes-models publishes them. Its
 * validators know types, required fields and allowed values, but ignore unknown fields; its type declarations name all fields.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../subgraphs';

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

type Model = new (resource: Resource) => { validate(): void };

const load = createRequire(__filename);

const FOLDER = join(ROOT, 'node_modules/kubernetes-models');

/** @returns the problems of all resources. */
export function schemaProblems(resources: readonly Resource[]): string[] {
  const known = resources.filter((resource) => existsSync(`${pathOf(resource)}.js`));
  const fields = new KnownFields([...new Set(known.map((resource) => `${pathOf(resource)}.d.ts`))]);
  return resources.flatMap((resource) => {
    const name = `${resource.kind} ${resource.metadata?.name}`;
    if (!known.includes(resource)) return [`${name}: Kubernetes has no ${resource.kind} in ${resource.apiVersion}`];
    return [...valueProblems(resource), ...fields.unknownIn(resource)].map((problem) => `${name}: ${problem}`);
  });
}

const pathOf = ({ apiVersion, kind }: Resource) => join(FOLDER, String(apiVersion), String(kind));

function valueProblems(resource: Resource): string[] {
  const { [resource.kind]: KindModel } = load(`${pathOf(resource)}.js`) as Record<string, Model>;
  try {
    new KindModel!(resource.kind === 'Secret' ? unfolded(resource) : resource).validate();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** kustomize folds long base64 values into lines, which Kubernetes accepts and the schema's format does not. */
function unfolded(secret: Resource): Resource {
  const data = Object.entries((secret['data'] ?? {}) as Record<string, string>);
  return { ...secret, data: Object.fromEntries(data.map(([key, value]) => [key, value.replace(/\s/g, '')])) };
}

class KnownFields {
  private readonly program: ts.Program;
  private readonly checker: ts.TypeChecker;

  constructor(declarations: string[]) {
    this.program = ts.createProgram(declarations, {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      types: [],
      lib: ['lib.es2022.d.ts'],
    });
    this.checker = this.program.getTypeChecker();
  }

  unknownIn(resource: Resource): string[] {
    const source = this.program.getSourceFile(`${pathOf(resource)}.d.ts`)!;
    const exports = this.checker.getExportsOfModule(this.checker.getSymbolAtLocation(source)!);
    const declared = exports.find(({ name }) => name === `I${resource.kind}`);
    if (!declared) return [`its fields are not declared in ${source.fileName}`];
    return [...this.unknown(this.checker.getDeclaredTypeOfSymbol(declared), resource, '')];
  }

  private *unknown(type: ts.Type, value: unknown, path: string): Iterable<string> {
    if (typeof value !== 'object' || value === null) return;
    const types = (type.isUnion() ? type.types : [type]).filter((part) => (part.flags & ts.TypeFlags.Object) !== 0);
    if (Array.isArray(value)) {
      const item = types.map((part) => this.checker.getIndexTypeOfType(part, ts.IndexKind.Number)).find(Boolean);
      for (const [index, entry] of value.entries()) if (item) yield* this.unknown(item, entry, `${path}[${index}]`);
      return;
    }
    for (const [key, entry] of Object.entries(value)) {
      const field = this.fieldOf(types, key);
      if (field) yield* this.unknown(field, entry, `${path}.${key}`);
      else yield `unknown field ${path}.${key}`;
    }
  }

  private fieldOf(types: readonly ts.Type[], key: string): ts.Type | undefined {
    for (const type of types) {
      const property = type.getProperty(key);
      if (property) return this.checker.getNonNullableType(this.checker.getTypeOfSymbol(property));
      const values = this.checker.getIndexTypeOfType(type, ts.IndexKind.String);
      if (values) return values;
    }
    return undefined;
  }
}
