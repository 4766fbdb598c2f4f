/**
 * Asks subgraphs for the entities of live events. What is asked in one turn of the event loop, for whichever events and
 * subscriptions, leaves as one request for each subgraph and query, with equal representations in it once. Nothing joins a
 * request that has left: its answer may be older than the event that wants to join.
 */
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { CallOptions, GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import type { Services } from '../execution/executor';
import type { Executors } from '../execution/fetch';
import { copyOf } from '../execution/merge';

/** A request that asks for so many entities takes in no more. */
const MAX_ENTITIES = 500;

export class EntityBatches {
  private readonly open = new Map<string, Batch>();

  constructor(private readonly services: () => Services) {}

  /** The services for one event. `sharersOf` says who may share the answer to a query: as text that is equal for those who may. */
  for(sharersOf: (query: string) => string): Executors {
    return {
      get: (subgraph) => {
        const service = this.services().get(subgraph);
        if (!service) return undefined;
        const execute: GraphQLService['execute'] = (request, options) => {
          const { representations, ...others } = request.variables ?? {};
          if (!Array.isArray(representations)) return service.execute(request, options);
          const key = JSON.stringify([subgraph, sharersOf(request.query), request.query, others]);
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

/** One of those who wait for a request. */
interface Waiter {
  /** Where in the request each of its representations is. */
  positions: number[];
  resolve: (result: ExecutionResult) => void;
  reject: (error: unknown) => void;
}

class Batch {
  private readonly representations: unknown[] = [];
  /** Representation → where it is in the request. */
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
      // All are cut out before any is handed out, as whoever gets an entity may change it.
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

/** What a request for nothing but the entities at `positions` would have been answered. Entities that are `taken` are copied. */
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

/** The error at another path; what comes over HTTP is a plain object. */
function at(error: GraphQLError, path: (string | number)[]): GraphQLError {
  if (!(error instanceof GraphQLError)) return Object.assign({}, error, { path });
  const { message, extensions, originalError = error } = error;
  return new GraphQLError(message, { path, extensions, originalError });
}
