/** A Lua script that is sent once and then called by its hash. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

const known = new Map<string, LuaScript>();

export class LuaScript {
  private readonly hash: string;

  private constructor(private readonly text: string) {
    this.hash = createHash('sha1').update(text).digest('hex');
  }

  static of(text: string): LuaScript {
    let script = known.get(text);
    if (!script) known.set(text, (script = new LuaScript(text)));
    return script;
  }

  async run(redis: Redis, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.hash, keys.length, ...keys, ...values);
    } catch (error) {
      // Redis has been restarted, or the script was never sent.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.text, keys.length, ...keys, ...values);
    }
  }
}
