/** Executes operations over in-process subgraphs, without transports. */
import type { FormattedExecutionResult } from 'graphql';
import { createLogger } from '@chat/kit/logging';
import { executeOperation } from '../execution/executor';
import { coerceVariables } from '../planning/coerce-variables';
import { OperationPreparer } from '../planning/prepare';
import { refuseUnplannableFields } from '../planning/unplannable-fields';
import { Supergraph } from '../supergraph/supergraph';
import { composeLocally, type LocalSupergraph } from './local-subgraphs';
import type { Definition } from './shop';

export interface LocalExecution extends LocalSupergraph {
  supergraph: Supergraph;
  /** The response as a client parses it. A refused operation has errors and no data. */
  ask: (query: string, variables?: Record<string, unknown>) => Promise<FormattedExecutionResult>;
  /** The response before serialisation. */
  execute: (query: string, variables?: Record<string, unknown>) => Promise<FormattedExecutionResult>;
}

/** Prepended to the type definitions of {@link startLocally}. */
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external",
  "@requires", "@shareable", "@interfaceObject", "@provides", "@override", "@listSize", "@cost"])`;

export function startLocally(definitions: Readonly<Record<string, Definition>>): LocalExecution {
  const linked = Object.entries(definitions).map(
    ([name, { typeDefs, resolvers }]) => [name, { typeDefs: `${LINK} ${typeDefs}`, resolvers }] as const,
  );
  const composed = composeLocally(Object.fromEntries(linked));
  const supergraph = new Supergraph(composed.sdl);
  refuseUnplannableFields(supergraph);
  const preparer = new OperationPreparer();
  const scope = { viewer: null, headers: {}, log: createLogger('test', 'silent') };
  const execute: LocalExecution['execute'] = async (query, given = {}) => {
    const prepared = preparer.prepare(supergraph, { query });
    if ('errors' in prepared) return { errors: prepared.errors.map((error) => error.toJSON()) };
    const coerced = coerceVariables(prepared, given);
    if ('errors' in coerced) return { errors: coerced.errors.map((error) => error.toJSON()) };
    return executeOperation(prepared, coerced.variables, composed.services, scope);
  };
  const ask: LocalExecution['ask'] = async (query, given) =>
    JSON.parse(JSON.stringify(await execute(query, given))) as FormattedExecutionResult;
  return { ...composed, supergraph, execute, ask };
}
