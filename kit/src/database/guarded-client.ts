/**
 * A PostgreSQL connection whose waits end: a silent link is checked after 3 s and destroyed if it is dead, or if it stays
 * silent beyond a deadline. Plain pg waits for ever, and its `query_timeout` leaves the dead connection in the pool.
 */
import { Client, type ClientConfig, type QueryConfig } from 'pg';
import { traceQuery } from '../telemetry/statement-spans';
import { LinkCheck } from './link-check';
import { NamedQuery, type Columns } from './named-query';

export interface GuardOptions {
  applicationName: string;
  /** The longest silence while a statement runs, in milliseconds; default `Infinity`, for migrations. */
  deadlineMs?: number;
  /** Silence after which a link is checked, and between checks, in milliseconds; default 3000. */
  silenceMs?: number;
  /** Whether another server process may execute the next statement: named statements then are not known there, so names are left out. */
  isPooled?: boolean;
  /** Called when a link was found dead: others to the same server probably are, too. */
  onDead?: () => void;
}

export interface Guarded {
  /** Ends the connection at once, with an error for the statement that waits on it. */
  abandon(): void;
}

/** How often a waiting link is looked at, per {@link GuardOptions.silenceMs}. */
const LOOKS = 3;
/** How long an idle connection has to say goodbye, in milliseconds. */
const GOODBYE_MS = 1000;

/** pg's connection, of which its types say nothing. */
interface Wire {
  stream: { bytesRead?: number; destroy(error?: Error): void };
  on(event: 'readyForQuery' | 'end', listener: () => void): void;
}
type Release = (error?: Error | boolean) => void;

/** A class for `new Pool({ Client })`, or to be used by itself. */
export function guardedClient({
  applicationName,
  deadlineMs = Infinity,
  silenceMs = 3000,
  isPooled = false,
  onDead,
}: GuardOptions): typeof Client {
  const tickMs = silenceMs / LOOKS;
  const checks = new Map<string, LinkCheck>();

  return class GuardedClient extends Client implements Guarded {
    private unanswered = 0;
    /** Statements are then refused, and nothing is waited for. */
    private hasEnded = false;
    private silentSince = 0;
    private bytesRead = 0;
    private checkedAt = 0;
    private timer: NodeJS.Timeout | undefined;
    private giveBack: Release | undefined;
    /** The columns of named statements, by name. */
    private readonly columns = new Map<string, Columns>();

    constructor(config?: string | ClientConfig) {
      super(config);
      const { wire } = this;
      wire.on('readyForQuery', () => (this.unanswered = Math.max(0, this.unanswered - 1)));
      wire.on('end', () => {
        this.hasEnded = true;
        this.unanswered = 0;
        clearTimeout(this.timer);
        // kysely does not give back a connection on which BEGIN, COMMIT or ROLLBACK fails, and the pool would lose its place.
        setImmediate(() => this.giveBack?.(new Error('Connection terminated')));
      });
    }

    /** Set by the pool at each checkout. A second call, after the connection was lost, does nothing. */
    get release(): Release | undefined {
      return this.giveBack;
    }

    set release(release: Release | undefined) {
      this.giveBack = once(release);
    }

    override query(...args: unknown[]): never {
      if (!this.hasEnded && this.unanswered++ === 0) {
        this.silentSince = this.checkedAt = performance.now();
        this.bytesRead = this.wire.stream.bytesRead ?? 0;
        this.timer ??= this.nextTick();
      }
      const traced = traceQuery(isPooled ? nameless(args) : args);
      const result = hasCallback(traced.args) ? this.submit(...traced.args) : this.promised(traced.args);
      traced.settle(result);
      return result as never;
    }

    /** As pg does it, but pg's own callback would keep the rows until a major collection (docs/decisions/young-objects.md). */
    private promised(args: unknown[]): Promise<unknown> {
      const { promise, resolve, reject } = Promise.withResolvers();
      this.submit(...args, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)));
      return promise.catch((error: unknown) => {
        if (error instanceof Error) Error.captureStackTrace(error);
        throw error;
      });
    }

    private submit(...[config, ...others]: unknown[]): unknown {
      const query = isNamed(config) ? new NamedQuery(config, this.columns) : config;
      return (super.query as (...all: unknown[]) => unknown)(query, ...others);
    }

    override end(...args: unknown[]): never {
      const { stream } = this.wire;
      setTimeout(() => stream.destroy(), GOODBYE_MS).unref(); // a dead link never confirms
      return (super.end as (...all: unknown[]) => never)(...args);
    }

    private get wire(): Wire {
      return (this as unknown as { connection: Wire }).connection;
    }

    /** Unreferenced: the socket keeps the process alive while a statement waits, and nothing has to afterwards. */
    private nextTick(): NodeJS.Timeout {
      return setTimeout(() => this.tick(), tickMs).unref();
    }

    private tick(): void {
      this.timer = undefined;
      if (this.unanswered === 0) return;
      this.timer = this.nextTick();
      // Data that has arrived meanwhile is read first: this process may itself have been busy or stopped.
      setImmediate(() => this.look());
    }

    private look(): void {
      const now = performance.now();
      const bytesRead = this.wire.stream.bytesRead ?? 0;
      if (bytesRead !== this.bytesRead) {
        this.bytesRead = bytesRead;
        this.silentSince = this.checkedAt = now;
      }
      if (this.unanswered === 0) return;
      if (now - this.silentSince > deadlineMs) return this.die();
      if (now - this.checkedAt < silenceMs) return;
      this.checkedAt = now;
      const { silentSince } = this;
      void this.check.stateOf((this as unknown as { processID: number }).processID).then((state) => {
        if (state === 'dead' && this.unanswered > 0 && this.silentSince === silentSince) this.die();
      });
    }

    /** Replicas are other servers, so each has a check of its own. */
    private get check(): LinkCheck {
      const { host, port, user, password, database, ssl } = this;
      const key = `${host}:${port}`;
      const known = checks.get(key);
      if (known) return known;
      const check = new LinkCheck({ host, port, user, password, database, ssl, application_name: applicationName });
      checks.set(key, check);
      return check;
    }

    private die(): void {
      this.abandon();
      onDead?.();
    }

    abandon(): void {
      this.wire.stream.destroy(Object.assign(new Error('PostgreSQL did not answer.'), { code: 'ETIMEDOUT' }));
    }
  };
}

/** Whether pg returns no promise. */
function hasCallback(args: unknown[]): boolean {
  const [first] = args as [{ submit?: unknown; callback?: unknown } | string | undefined];
  return (
    typeof args.at(-1) === 'function' ||
    (typeof first === 'object' && (typeof first.submit === 'function' || typeof first.callback === 'function'))
  );
}

function once(release: Release | undefined): Release {
  let isReleased = false;
  return (error) => {
    if (isReleased) return;
    isReleased = true;
    release?.(error);
  };
}

/** Whether it is the configuration of a named statement. */
function isNamed(config: unknown): config is QueryConfig {
  return (
    typeof config === 'object' && config !== null && !('submit' in config) && (config as QueryConfig).name !== undefined
  );
}

/** Arguments of `query`, without the name of a prepared statement. */
function nameless([config, ...rest]: unknown[]): unknown[] {
  return isNamed(config) ? [{ ...config, name: undefined }, ...rest] : [config, ...rest];
}
