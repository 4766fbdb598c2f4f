/** An operation that is ready to run: parsed, validated, planned and with its answer's shape, once for all its requests. */
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { Supergraph } from '../supergraph/supergraph';
import type { CompiledPlan } from './compiled-plan';
import type { ConditionVariants } from './conditions';
import type { ResponseShape } from './response-shape';

export interface PreparedOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The operation's name as the client gave it. */
  readonly name?: string;
  /** The operation and its fragments as normalised text, without its name: the same text means the same operation. */
  readonly key: string;
  /** The operation and the fragments that it uses, nothing else. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The plan for the values that variables give to `@skip` and `@include`. */
  readonly plans: ConditionVariants<CompiledPlan>;
  /**
   * Makes the plans for these values away from the event loop, for an operation that may take long to plan; absent for others.
   * Rejects with an ApiError if there is no plan in time.
   */
  readonly makePlans?: (variables: Readonly<Record<string, unknown>>) => Promise<void>;
  /** The plan if everything is included, for what holds of all values of the variables. */
  readonly wholePlan: () => CompiledPlan;
  /** Turns merged subgraph data into the answer. */
  readonly shape: ResponseShape;
  /** Whether subgraphs know some of its fields by other names than the client; see `names-in-data`. */
  readonly hasOtherNames: boolean;
  /** The part of a query that asks about the schema itself; absent where there is none. */
  readonly introspection?: DocumentNode;
  /** The version it was planned for. */
  readonly supergraph: Supergraph;
}
