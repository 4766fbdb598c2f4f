/**
 * The agreement of all running processes on SECRET_KEY: if others refuse the signatures of a process, or it refuses theirs, it does not start.
 * Each process has a lease in Redis with fingerprints of the keys that it signs with and accepts. While Redis is away, nothing is compared.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../ids';
import type { Logger } from '../logging';
import { StartupError } from '../process/startup-error';
import { closeRedis, connectRedis, type Redis } from '../redis';
import { DerivedKeys, type Secret } from './derived-keys';

/** How long a killed process still counts, in milliseconds. */
const LEASE_MS = 6_000;
/** Renewals in the time of a lease. */
const RENEWALS = 3;

/** Grants or renews a lease. Returns the name of a process that has other keys, or false. */
const CLAIM = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local own = cjson.decode(ARGV[2])
local function accepts(process, fingerprint)
  for _, accepted in ipairs(process.accepts) do if accepted == fingerprint then return true end end
  return false
end
local leases = redis.call('HGETALL', KEYS[1])
for index = 1, #leases, 2 do
  local other = cjson.decode(leases[index + 1])
  if other.expiresAt <= now then redis.call('HDEL', KEYS[1], leases[index])
  elseif leases[index] ~= ARGV[1] and not (accepts(own, other.signs) and accepts(other, own.signs)) then return other.name end
end
own.expiresAt = now + ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(own))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return false`;

export interface KeyAgreementOptions {
  redisUrl: string;
  redisPrefix: string;
  secret: Secret;
  /** The kind of process, for the messages of others. */
  component: string;
  log: Logger;
  /** Default 6 s. */
  leaseMs?: number;
  /** Called if the keys turn out to differ only after the start, since Redis was away then. Ends this process by default. */
  onRefused?: (error: StartupError) => void;
}

export class KeyAgreement implements AsyncDisposable {
  private readonly id = newId();
  private readonly lease: string;
  private readonly key: string;
  private readonly leaseMs: number;
  private readonly redis: Redis;
  private timer: NodeJS.Timeout | undefined;
  /** An accepted process goes on whatever comes: of two that disagree, it may be the right one. */
  private isAccepted = false;

  private constructor(private readonly options: KeyAgreementOptions) {
    const { secret, component, log, redisUrl, redisPrefix, leaseMs = LEASE_MS } = options;
    const fingerprints = new DerivedKeys(secret, 'fingerprint').all.map((key) =>
      createHash('sha256').update(key).digest('base64url'),
    );
    this.lease = JSON.stringify({
      name: `${component} on ${hostname()}`,
      signs: fingerprints[0],
      accepts: fingerprints,
    });
    this.key = `${redisPrefix}secret-keys`;
    this.leaseMs = leaseMs;
    this.redis = connectRedis(redisUrl, log);
  }

  /** Waits for the leases of killed processes to expire. @throws StartupError if running processes have other keys */
  static async join(options: KeyAgreementOptions): Promise<KeyAgreement> {
    await using parts = new AsyncDisposableStack();
    const agreement = parts.use(new KeyAgreement(options));
    await agreement.start();
    parts.move();
    return agreement;
  }

  private async start(): Promise<void> {
    const renewMs = this.leaseMs / RENEWALS;
    let other = await this.claim();
    if (other) this.options.log.warn({ other }, 'SECRET_KEY differs from that of another process; it may have ended');
    for (let attempt = 0; other && attempt <= RENEWALS; attempt++) {
      await sleep(renewMs);
      other = await this.claim();
    }
    if (other) throw differs(other);
    this.timer = setInterval(() => void this.renew(), renewMs).unref();
  }

  private async renew(): Promise<void> {
    const other = await this.claim();
    if (!other) return;
    const error = differs(other);
    this.options.log.error(error.message);
    if (!this.isAccepted) (this.options.onRefused ?? endProcess)(error);
  }

  /** @returns a process that has other keys. Undefined also if Redis is away. */
  private async claim(): Promise<string | undefined> {
    try {
      const other = await this.redis.eval(CLAIM, 1, this.key, this.id, this.lease, this.leaseMs);
      if (typeof other === 'string') return other;
      this.isAccepted = true;
    } catch (error) {
      this.options.log.debug({ err: error }, 'SECRET_KEY is not compared with other processes');
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    await this.redis.hdel(this.key, this.id).catch(() => undefined);
    await closeRedis(this.redis);
  }
}

const differs = (other: string) =>
  new StartupError(
    `SECRET_KEY differs from that of ${other}, so that this process would refuse its requests or be refused. Give both the same SECRET_KEY. While it is being changed, each needs the other's key in SECRET_KEY_FALLBACKS: see docs/operations/upgrades.md.`,
  );

function endProcess(): void {
  process.exitCode = 1;
  process.kill(process.pid, 'SIGTERM');
}
