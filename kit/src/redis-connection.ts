/** A Redis connection with a pulse. While Redis is silent, commands are rejected at once instead of waiting for it. */
import { Redis, type RedisOptions } from 'ioredis';
import { ApiError } from './errors';
import { RedisPulse } from './redis-pulse';
import { endWith, startStatementSpan } from './telemetry/statement-spans';

type Command = Parameters<Redis['sendCommand']>[0];
type Stream = Parameters<Redis['sendCommand']>[1];

/** Commands of ioredis's own handshake. */
const HANDSHAKE = new Set(['auth', 'client', 'hello', 'info', 'readonly', 'select']);

export class RedisConnection extends Redis {
  readonly pulse: RedisPulse;
  private readonly pending = new Set<Command>();
  /** Those of {@link pending} that were sent on the present connection. */
  private readonly sent = new Set<Command>();
  private isPinging = false;

  /**
   * @param refuses whether commands are rejected while Redis is silent; otherwise they wait for it.
   * @param restMs pause between two pings while no command waits for its answer, in milliseconds
   */
  constructor(
    address: string | RedisOptions,
    options: RedisOptions,
    private readonly refuses: boolean,
    restMs?: number,
  ) {
    // ioredis takes both in one list, earlier ones first; its types know only an address as text.
    super(address as string, options);
    const isAwaited = () => this.pending.size > 0;
    this.pulse = new RedisPulse(this, () => this.sendPing(), isAwaited, restMs);
    this.pulse.onChange((isAnswering) => {
      if (isAnswering || !this.refuses) return;
      for (const command of this.pending) command.reject(silentError());
    });
    // ioredis forgets them without an answer if the next connection stands soon.
    this.on('close', () => {
      for (const command of this.sent) command.reject(closedError());
    });
  }

  override sendCommand(command: Command, stream?: Stream): unknown {
    const isOwn = this.isPinging || HANDSHAKE.has(command.name);
    if (this.refuses && !isOwn) {
      if (!this.pulse.isAnswering) {
        command.reject(silentError());
        return command.promise;
      }
      this.track(command);
    } else {
      // ioredis subscribes again by itself and leaves the rejection unhandled if the connection ends meanwhile.
      command.promise.catch(() => undefined);
    }
    const span = isOwn ? undefined : startStatementSpan('redis', command.name);
    if (span) endWith(span, command.promise);
    return super.sendCommand(command, stream);
  }

  private track(command: Command): void {
    this.pending.add(command);
    this.pulse.attend();
    if (this.status === 'ready') this.sent.add(command);
    const settled = () => {
      this.pending.delete(command);
      this.sent.delete(command);
    };
    command.promise.then(settled, settled);
  }

  private sendPing(): Promise<unknown> {
    this.isPinging = true;
    try {
      return this.ping();
    } finally {
      this.isPinging = false;
    }
  }
}

// Clients see these errors if nothing handles them.
const silentError = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'Redis does not answer right now. Try again in a moment.');
const closedError = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'The connection to Redis was closed before it answered. Try again in a moment.');
