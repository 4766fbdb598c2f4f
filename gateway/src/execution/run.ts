/** State of one execution, shared by its fetches. */
import type { GraphQLFormattedError } from 'graphql';
import type { GraphQLService } from '@chat/kit/graphql/service';
import type { Losses } from '../planning/lost-values';
import type { DataObject } from '../planning/rewrite-path';
import type { ExecutionScope } from './execution-scope';

/** Subgraph name → its service. */
export interface Executors {
  get(subgraph: string): Pick<GraphQLService, 'execute'> | undefined;
}

/** State of one execution, shared by its fetches. */
export interface Run {
  data: DataObject;
  readonly errors: GraphQLFormattedError[];
  /** Reasons for missing fields. */
  readonly losses: Losses;
  /** Interfaces with implementations that a subgraph does not know (`@interfaceObject`). */
  readonly interfaceObjects: ReadonlySet<string>;
  /** Coerced variables. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly services: Executors;
  readonly scope: ExecutionScope;
  /** Whether equal entities may share one object. They may not if their data depends on their ancestors. */
  readonly sharesEntities: boolean;
}
