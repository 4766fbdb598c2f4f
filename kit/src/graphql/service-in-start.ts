/**
 * A service whose requests wait while it starts, so that a process that was restarted answers its first requests instead of refusing
 * them. Once it has started, requests pass at no cost. Health checks never wait.
 */
import { HEALTH_HEADER, type CallOptions, type GraphQLService } from './service';

/** How long a request waits at most, in milliseconds; less than a gateway's deadline for its response. */
const PATIENCE_MS = 5_000;

export class ServiceInStart implements GraphQLService {
  hasStarted = false;
  private readonly start = Promise.withResolvers<void>();

  constructor(
    private readonly service: GraphQLService,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  started(): void {
    this.hasStarted = true;
    this.start.resolve();
  }

  execute: GraphQLService['execute'] = (request, call) =>
    this.hasStarted ? this.service.execute(request, call) : this.later(call, () => this.service.execute(request, call));

  authorize: GraphQLService['authorize'] = (request, call) =>
    this.hasStarted
      ? this.service.authorize(request, call)
      : this.later(call, () => this.service.authorize(request, call));

  subscribe: GraphQLService['subscribe'] = (request, call) =>
    this.hasStarted
      ? this.service.subscribe(request, call)
      : this.later(call, () => this.service.subscribe(request, call));

  /** After the wait, the service itself refuses the request if it has still not started. */
  private async later<Result>({ headers, signal }: CallOptions, ask: () => Promise<Result>): Promise<Result> {
    if (HEALTH_HEADER in headers) return ask();
    const { promise: over, resolve: stop } = Promise.withResolvers<void>();
    const timer = setTimeout(stop, this.patienceMs);
    signal?.addEventListener('abort', () => stop(), { once: true });
    await Promise.race([this.start.promise, over]);
    clearTimeout(timer);
    return ask();
  }
}
