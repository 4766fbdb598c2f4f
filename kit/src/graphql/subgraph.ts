/** A running subgraph as gateway, standalone and tests see it, however it was made. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLService } from './service';

export interface Subgraph extends AsyncDisposable {
  /** As in the supergraph. */
  name: string;
  service: GraphQLService;
  /** Settles when PostgreSQL has been reached and migrated; until then requests get SERVICE_UNAVAILABLE. Rejects on what waiting cannot mend. */
  ready(): Promise<void>;
  /** Whether what it depends on answers now. */
  isHealthy(): Promise<boolean>;
  /** What is not GraphQL (webhooks, callbacks): answers and resolves to true, or false where the path is not its own. */
  handleHttp?(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}
