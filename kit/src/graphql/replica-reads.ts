/** Which operations a replica may answer: queries with root fields that their features name in `replicaReads`, and no others. */
import { getOperationAST, Kind, type DocumentNode } from 'graphql';
import type { EntityManager } from '../database/database';
import type { Replicas } from '../database/replicas';
import type { AnyFeature } from './feature';

export class ReplicaReads {
  private readonly fields: ReadonlySet<string>;

  constructor(
    private readonly replicas: Replicas,
    features: readonly AnyFeature[],
  ) {
    this.fields = new Set(['__typename', ...features.flatMap(({ replicaReads = [] }) => replicaReads)]);
  }

  /** A unit of work on a replica; undefined if the primary is to answer. */
  async fork(operation: { document: DocumentNode; operationName?: string }): Promise<EntityManager | undefined> {
    return this.isRead(operation) ? this.replicas.fork() : undefined;
  }

  /** The answer of a replica had errors. */
  failed(): void {
    this.replicas.readAgain();
  }

  private isRead({ document, operationName }: { document: DocumentNode; operationName?: string }): boolean {
    const operation = getOperationAST(document, operationName);
    return (
      operation?.operation === 'query' &&
      operation.selectionSet.selections.every(
        (selection) => selection.kind === Kind.FIELD && this.fields.has(selection.name.value),
      )
    );
  }
}
