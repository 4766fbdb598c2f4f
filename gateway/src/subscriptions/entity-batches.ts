/**
 * Batches the entity fetches of live events. All fetches of one event-loop turn, across events and subscriptions, become one request
 * per subgraph and query, with deduplicated representations. A request in flight takes no more: its response may be older than
 * the event.
 */
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { CallOptions, GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import type { Services } from '../execution/executor';
import type { Executors } from '../execution/run';
import { copyOf } from '../execution/merge';

/** Entities per request. */
const MAX_ENTITIES = 500;

export class EntityBatches {
  private readonly open = new Map<string, Batch>();

  constructor(private readonly services: () => Services) {}

  /** The executors for one event. Fetches with equal `sharingKeyOf(query)` may share a response. */
  for(sharingKeyOf: (query: string) => string): Executors {
    return {
      get: (subgraph) => {
        const service = this.services().get(subgraph);
        if (!service) return undefined;
        const execute: GraphQLService['execute'] = (request, options) => {
          const { representations, ...others } = request.variables ?? {};
          if (!Array.isArray(representations)) return service.execute(request, options);
          const key = JSON.stringify([subgraph, sharingKeyOf(request.query), request.query, others]);
          return this.batch(key, service, request, options).add(representations);
        };
        return { execute };
      },
    };
  }

  private batch(key: string, service: GraphQLService, request: GraphQLRequest, options: CallOptions): Batch {
    const open = this.open.get(key);
    if (open && open.size < MAX_ENTITIES) return open;
    const batch = new Batch(service, request, options);
    this.open.set(key, batch);
    setImmediate(() => {
      if (this.open.get(key) === batch) this.open.delete(key);
      void batch.send();
    });
    return batch;
  }
}

/** One fetch that waits for the request. */
interface Waiter {
  /** The index of each of its representations in the request. */
  positions: number[];
  resolve: (result: ExecutionResult) => void;
  reject: (error: unknown) => void;
}

class Batch {
  private readonly representations: unknown[] = [];
  /** Representation as JSON → index in the request. */
  private readonly positions = new Map<string, number>();
  private readonly waiters: Waiter[] = [];

  constructor(
    private readonly service: GraphQLService,
    private readonly request: GraphQLRequest,
    private readonly options: CallOptions,
  ) {}

  get size(): number {
    return this.representations.length;
  }

  add(representations: readonly unknown[]): Promise<ExecutionResult> {
    const positions = representations.map((representation) => this.positionOf(representation));
    return new Promise((resolve, reject) => this.waiters.push({ positions, resolve, reject }));
  }

  /** Never rejects: the waiters do. */
  async send(): Promise<void> {
    const { query, operationName, variables } = this.request;
    const request = { query, operationName, variables: { ...variables, representations: this.representations } };
    try {
      const result = await this.service.execute(request, this.options);
      const taken = new Set<number>();
      // Slice for all waiters before resolving any, since a waiter may change its entities.
      const parts = this.waiters.map(({ positions }) => partOf(result, positions, taken));
      this.waiters.forEach(({ resolve }, index) => resolve(parts[index]!));
    } catch (error) {
      for (const { reject } of this.waiters) reject(error);
    }
  }

  private positionOf(representation: unknown): number {
    const text = JSON.stringify(representation);
    let position = this.positions.get(text);
    if (position === undefined) {
      position = this.representations.push(representation) - 1;
      this.positions.set(text, position);
    }
    return position;
  }
}

/** The response reduced to the entities at `positions`. Entities in `taken` are copied. */
function partOf({ data, errors }: ExecutionResult, positions: readonly number[], taken: Set<number>): ExecutionResult {
  const found = data?._entities;
  const entities = Array.isArray(found)
    ? positions.flatMap((position) => (position < found.length ? [take(found as unknown[], position, taken)] : []))
    : found;
  const own = errors?.flatMap((error) => {
    const [root, position, ...rest] = error.path ?? [];
    if (root !== '_entities' || typeof position !== 'number') return [error];
    const index = positions.indexOf(position);
    return index < 0 ? [] : [at(error, [root, index, ...rest])];
  });
  return { data: data && { _entities: entities }, ...(own && own.length > 0 && { errors: own }) };
}

function take(found: readonly unknown[], position: number, taken: Set<number>): unknown {
  if (taken.has(position)) return copyOf(found[position]);
  taken.add(position);
  return found[position];
}

/** The error with another path. Errors from HTTP are plain objects. */
function at(error: GraphQLError, path: (string | number)[]): GraphQLError {
  if (!(error instanceof GraphQLError)) return Object.assign({}, error, { path });
  const { message, extensions, originalError = error } = error;
  return new GraphQLError(message, { path, extensions, originalError });
}
