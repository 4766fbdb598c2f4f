/** A running subgraph as gateway, standalone and tests see it, however it was made. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLService } from './service';

/** Name of a part → whether it answers. */
export type Health = Record<string, boolean>;

export interface Subgraph extends AsyncDisposable {
  /** As in the supergraph. */
  name: string;
  service: GraphQLService;
  /** Settles when PostgreSQL has been reached and migrated; until then requests get SERVICE_UNAVAILABLE. Rejects on what waiting cannot mend. */
  ready(): Promise<void>;
  /** Each part that it depends on, and whether that answers now. */
  health(): Promise<Health>;
  /** What is not GraphQL (webhooks, callbacks): answers and resolves to true, or false where the path is not its own. */
  handleHttp?(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}
