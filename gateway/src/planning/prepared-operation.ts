/** An operation that is ready to run: parsed, validated and planned once for all requests. */
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Supergraph } from '../supergraph/supergraph';
import type { CompiledPlan } from './compiled-plan';
import type { ConditionVariants } from './conditions';
import type { ResponseShape } from './response-shape';

export interface PreparedOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The client's name for the operation. */
  readonly name?: string;
  /** Normalised text of the operation and its fragments, without its name. Equal keys mean equal operations. */
  readonly key: string;
  /** The operation and the fragments that it uses. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The plans, by the values of `@skip` and `@include`. */
  readonly plans: ConditionVariants<CompiledPlan>;
  /**
   * Makes the plans for these values away from the event loop, for an operation that may take long to plan; absent for others.
   * Rejects with an ApiError if there is no plan in time.
   */
  readonly makePlans?: (variables: Readonly<Record<string, unknown>>) => Promise<void>;
  /** The plan if all selections are included, for properties that must hold for all variables. */
  readonly wholePlan: () => CompiledPlan;
  /** Shapes merged subgraph data into the response. */
  readonly shape: ResponseShape;
  /** Whether some fields have different names in the data; see `names-in-data`. */
  readonly hasOtherNames: boolean;
  /** The introspection part of a query; absent if there is none. */
  readonly introspection?: DocumentNode;
  /** The supergraph that the operation was planned for. */
  readonly supergraph: Supergraph;
}
