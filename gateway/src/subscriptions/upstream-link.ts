/**
 * All upstreams of one subgraph over WebSocket. They share a socket until the subgraph closes it because of one operation. The
 * streams are then bisected over separate sockets until the faulty one is alone on its socket and fails alone.
 */
import type { CallOptions, GraphQLRequest, Subscribed } from '@chat/kit/graphql/service';
import { UpstreamSocket, type UpstreamSocketOptions } from './upstream-ws';

export class UpstreamLink implements AsyncDisposable {
  private readonly sockets = new Set<UpstreamSocket>();
  private readonly shared: UpstreamSocket;
  /** The sockets of suspected streams. A stream keeps its signal across restarts. */
  private readonly suspects = new WeakMap<AbortSignal, UpstreamSocket>();

  constructor(private readonly options: UpstreamSocketOptions) {
    this.shared = this.open();
  }

  /** As {@link UpstreamSocket.subscribe}. */
  subscribe(request: GraphQLRequest, options: CallOptions): Promise<Subscribed> {
    const own = options.signal && this.suspects.get(options.signal);
    return (own ?? this.shared).subscribe(request, options);
  }

  private open(): UpstreamSocket {
    const socket = new UpstreamSocket(this.options, (signals) => this.split(signals));
    this.sockets.add(socket);
    return socket;
  }

  private split(signals: readonly AbortSignal[]): void {
    const middle = Math.ceil(signals.length / 2);
    for (const half of [signals.slice(0, middle), signals.slice(middle)]) if (half.length > 0) this.isolate(half);
  }

  /** The socket is disposed when all of its streams are aborted. */
  private isolate(signals: readonly AbortSignal[]): void {
    const socket = this.open();
    let left = signals.length;
    for (const signal of signals) {
      this.suspects.set(signal, socket);
      const forget = () => {
        if (--left > 0) return;
        this.sockets.delete(socket);
        void socket[Symbol.asyncDispose]();
      };
      if (signal.aborted) forget();
      else signal.addEventListener('abort', forget, { once: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.sockets].map((socket) => socket[Symbol.asyncDispose]()));
  }
}
