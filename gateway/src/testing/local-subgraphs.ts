/** In-process subgraphs from plain definitions. Records their requests. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, subscribe, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { CallOptions, GraphQLRequest, GraphQLService, Subscribed } from '@chat/kit/graphql/service';
import { compose } from './compose';
import type { Definition } from './shop';

/** One in-process subgraph. */
export class LocalService implements GraphQLService {
  readonly schema: GraphQLSchema;
  /** All requests in order, with headers. */
  readonly requests: (GraphQLRequest & Pick<CallOptions, 'headers'>)[] = [];
  /** If set, requests fail with this error. */
  failure?: Error;

  constructor({ typeDefs, resolvers }: Definition) {
    this.schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: resolvers as never }]);
  }

  async execute(request: GraphQLRequest, { headers }: CallOptions): Promise<ExecutionResult> {
    this.requests.push({ ...request, headers });
    if (this.failure) throw this.failure;
    const result = await execute({
      schema: this.schema,
      document: parse(request.query),
      operationName: request.operationName,
      variableValues: request.variables,
      contextValue: { headers },
    });
    // As over HTTP: plain objects that the caller owns.
    return JSON.parse(JSON.stringify(result)) as ExecutionResult;
  }

  async subscribe(request: GraphQLRequest, { headers }: CallOptions): Promise<Subscribed> {
    const stream = await subscribe({
      schema: this.schema,
      document: parse(request.query),
      variableValues: request.variables,
      contextValue: { headers },
    });
    return 'errors' in stream ? { errors: stream.errors! } : (stream as Subscribed);
  }

  async authorize(): Promise<ExecutionResult> {
    return { data: null };
  }
}

export interface LocalSupergraph {
  sdl: string;
  services: Map<string, LocalService>;
}

/** Composes `definitions`. `urls` sets addresses for a supergraph that is called over HTTP. @throws the composition errors. */
export function composeLocally(
  definitions: Readonly<Record<string, Definition>>,
  urls: Readonly<Record<string, string>> = {},
): LocalSupergraph {
  const sdl = compose(Object.entries(definitions).map(([name, { typeDefs }]) => ({ name, url: urls[name], typeDefs })));
  const services = new Map(
    Object.entries(definitions).map(([name, definition]) => [name, new LocalService(definition)]),
  );
  return { sdl, services };
}
