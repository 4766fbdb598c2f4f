/**
 * One subscription that outlives sockets, servers and tokens: resumes after the last event that it has delivered.
 * Opens no socket and knows no event types except HistoryGap.
 *
 * Invariants:
 * 1. The cursor moves before its event is delivered, so a reconnect in the listener cannot repeat the event.
 * 2. Events of an ended attempt are dropped; the next attempt brings them after its cursor.
 * 3. After a gap, the listener hears `gap` before any later event.
 * 4. `error` and `complete` come at most once, and nothing comes after them.
 */
import type { FormattedExecutionResult } from 'graphql';
import { backoffMs, Waits } from './backoff.ts';
import { ChatError, type ResponseError } from './chat-error.ts';
import type { Unlisten } from './emitter.ts';
import type { LiveSocket } from './live-socket.ts';
import type { Session } from './session.ts';

export interface LiveEvent<Data> {
  data: Data;
  /** Errors of single fields, which are null in `data`. */
  errors?: readonly ResponseError[];
}

export interface LiveObserver<Data> {
  next(event: LiveEvent<Data>): void;
  /**
   * Events are missing: they are no longer kept (HistoryGap, SUBSCRIPTION_INTERRUPTED), or one could not be read. Fetch the state
   * again; the subscription continues.
   */
  gap(reason: string): void;
  /** The subscription has ended for a reason that a retry does not change, such as FORBIDDEN or a log-out. */
  error(error: ChatError): void;
  /** The server has ended the stream. */
  complete?(): void;
}

export interface ResumeOptions<Data> {
  /** Name of the variable that the cursor goes into. Default: `after`. Without such a variable, the subscription cannot resume. */
  cursorVariable?: string;
  /** Default: the field `cursor` of the first root field. */
  cursorOf?(data: Data): unknown;
}

export interface LiveRequest<Data> extends ResumeOptions<Data> {
  query: string;
  variables: Record<string, unknown>;
}

export class LiveSubscription<Data> {
  private readonly variables: Record<string, unknown>;
  private readonly cursorVariable: string | undefined;
  private readonly waits = new Waits();
  private leave: Unlisten = () => undefined;
  private isOver = false;
  /** Failed attempts since the last event. */
  private failures = 0;

  constructor(
    private readonly socket: LiveSocket,
    private readonly session: Session,
    private readonly request: LiveRequest<Data>,
    private readonly observer: LiveObserver<Data>,
  ) {
    this.variables = { ...request.variables };
    const { cursorVariable = 'after', query } = request;
    if (new RegExp(`\\$${cursorVariable}\\b`).test(query)) this.cursorVariable = cursorVariable;
    this.attempt();
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.leave();
    this.waits.wake();
  }

  /** Ends with an error that the server does not know of, such as a log-out. */
  fail(error: ChatError): void {
    if (this.isOver) return;
    this.end();
    this.observer.error(error);
  }

  /** Ends a delay between two attempts. */
  wake(): void {
    this.waits.wake();
  }

  private attempt(): void {
    let isCurrent = true;
    const inAttempt = (run: () => void) => {
      if (isCurrent && !this.isOver) run();
    };
    const leave = this.socket.subscribe(
      { query: this.request.query, variables: this.variables },
      {
        next: (result) => inAttempt(() => this.receive(result)),
        error: (error) =>
          inAttempt(() => {
            isCurrent = false;
            void this.recover(error);
          }),
        complete: () =>
          inAttempt(() => {
            this.end();
            this.observer.complete?.();
          }),
      },
    );
    this.leave = () => {
      isCurrent = false;
      leave();
    };
  }

  private receive({ data, errors }: FormattedExecutionResult<Record<string, unknown>>): void {
    const [event] = Object.values(data ?? {});
    if (!data || event == null) {
      return this.observer.gap(errors?.[0]?.message ?? 'The server sent an event without data.');
    }
    this.failures = 0;
    this.moveCursor(data as Data);
    const { __typename: type, reason } = event as { __typename?: string; reason?: string };
    if (type === 'HistoryGap') return this.observer.gap(reason ?? 'Earlier events are no longer kept.');
    this.observer.next({ data: data as Data, ...(errors && { errors: errors }) });
  }

  private moveCursor(data: Data): void {
    if (!this.cursorVariable) return;
    const [event] = Object.values(data as Record<string, { cursor?: unknown }>);
    const cursor = this.request.cursorOf ? this.request.cursorOf(data) : event?.cursor;
    if (cursor != null) this.variables[this.cursorVariable] = cursor;
  }

  /** Decides by the error that ended an attempt whether there is another one, and when. */
  private async recover(cause: unknown): Promise<void> {
    const error = Array.isArray(cause) ? ChatError.ofResponse(cause as ResponseError[]) : refusal(cause);
    const attempt = this.failures++;
    switch (error.code) {
      case 'SUBSCRIPTION_TOO_SLOW':
        if (this.cursorVariable) this.variables[this.cursorVariable] = error.extensions.cursor ?? this.cursor;
        break;
      case 'UNAUTHENTICATED':
        if (attempt > 0 || !(await this.hasNewToken())) return this.fail(error);
        break;
      default:
        if (!error.isTransient) return this.fail(error);
    }
    await this.waits.wait(Math.max(error.retryAfterMs ?? 0, backoffMs(attempt)));
    if (!this.isOver) this.attempt();
  }

  private get cursor(): unknown {
    return this.cursorVariable && this.variables[this.cursorVariable];
  }

  /** Replaces a token that the server refused, and the socket that was opened with it. */
  private async hasNewToken(): Promise<boolean> {
    const rejected = this.session.currentAccessToken;
    if (!rejected) return false;
    try {
      const token = await this.session.accessToken({ rejected });
      if (token) this.socket.reconnect(rejected);
      return token !== undefined;
    } catch {
      // Unreachable at the moment: the socket asks again before it opens.
      this.socket.reconnect(rejected);
      return true;
    }
  }
}

/** graphql-ws retries every close that it can; the others are final. */
export function refusal(cause: unknown): ChatError {
  const { code, reason, message } = (cause ?? {}) as { code?: number; reason?: string; message?: string };
  const text = code === undefined ? message : `${code} ${reason ?? ''}`;
  return ChatError.of('CONNECTION_REFUSED', `The connection was refused: ${text ?? 'unknown reason'}`, cause);
}
