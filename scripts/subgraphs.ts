/** Which subgraphs there are: each folder below subgraphs/ is one, and its package is `@chat/<folder>`. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ZodRawShape } from 'zod';

export const ROOT = resolve(__dirname, '..');

/** In alphabetical order. */
export const SUBGRAPH_NAMES: readonly string[] = readdirSync(join(ROOT, 'subgraphs'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** What every subgraph's package exports for the tools in this folder. */
export interface SubgraphPackage {
  /** The subgraph's SDL as it goes into composition. */
  printSdl(): string;
  /** The environment variables that it reads; exported as `<name>Variables`. */
  variables: ZodRawShape;
}

export async function loadSubgraph(name: string): Promise<SubgraphPackage> {
  const { printSdl, [`${name}Variables`]: variables } = (await import(`@chat/${name}`)) as Record<string, unknown>;
  return { printSdl, variables } as SubgraphPackage;
}
