/** A running subgraph as its server, the gateway, standalone and tests see it. Holds no implementation. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { GraphQLRequest, GraphQLService } from './service';

/** Name of a part → whether it answers. */
export type Health = Record<string, boolean>;

export interface Subgraph extends AsyncDisposable {
  /** As in the supergraph. */
  name: string;
  service: GraphQLService;
  /**
   * Settles when PostgreSQL has been reached and migrated. Requests wait for it for a few seconds, and then get SERVICE_UNAVAILABLE.
   * Rejects if waiting cannot help.
   */
  ready(): Promise<void>;
  /** Each part that it depends on, and whether that answers now. */
  health(): Promise<Health>;
  /** Whether {@link ready} has settled. True if absent. */
  hasStarted?(): boolean;
  /** Whether it can do its work now: it has started, and PostgreSQL answers. True if absent. */
  isReady?(): Promise<boolean>;
  /** Questions of other subgraphs of the same process, by name. In another process, they are paths of its HTTP server. */
  readonly answers?: Record<string, (question: unknown) => Promise<unknown>>;
  /** Whether an operation is called many times a second, so that its runs are not logged. False if absent. */
  isPaced?(request: GraphQLRequest): boolean;
  /** Its metrics, without those of the process. */
  readonly registry?: Registry;
  /** Routes apart from GraphQL (webhooks, callbacks): answers and resolves to true, or to false if the path is unknown. */
  handleHttp?(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}
