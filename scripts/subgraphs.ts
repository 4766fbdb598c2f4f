/** The list of subgraphs: every folder below subgraphs/, with the package `@chat/<folder>`. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import type { ZodRawShape } from 'zod';

export const ROOT = resolve(__dirname, '..');

/** In alphabetical order. */
export const SUBGRAPH_NAMES: readonly string[] = readdirSync(join(ROOT, 'subgraphs'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** The exports of a subgraph's package. Their names derive from its own: identityVariables, createIdentity. */
export interface SubgraphPackage {
  /** The subgraph's SDL, as composition reads it. */
  printSdl(): string;
  /** The environment variables that it reads. */
  variables: ZodRawShape;
  create(config: Record<string, unknown>): Promise<Subgraph>;
}

export async function loadSubgraph(name: string): Promise<SubgraphPackage> {
  const exported = (await import(`@chat/${name}`)) as Record<string, unknown>;
  const capitalized = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return {
    printSdl: exported['printSdl'],
    variables: exported[`${name}Variables`],
    create: exported[`create${capitalized}`],
  } as SubgraphPackage;
}
