/**
 * The cause of what a bot does, as the correlation id of its requests: which plugin acted, and how many plugins had acted in a row before.
 * Followers of events get the id back, so chains of plugins end, whatever they do. Signed, as any client may send any correlation id.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Cause {
  pluginId: string;
  /** 1 for a plugin that reacted to a person. */
  depth: number;
}

/** `plugin.<id>.<depth>.<nonce>.<signature>`, within the characters and the length of correlation ids. */
const PATTERN = /^(plugin\.([\da-f-]{36})\.(\d)\.[\w-]{8,36})\.([\w-]{22})$/;

export class Causes {
  private readonly key: Buffer;

  constructor(secretKey: string) {
    this.key = createHmac('sha256', secretKey).update('plugin-causes').digest();
  }

  /** @param nonce tells requests apart in logs; 8 to 36 letters, digits and hyphens */
  write({ pluginId, depth }: Cause, nonce: string): string {
    const text = `plugin.${pluginId}.${Math.min(depth, 9)}.${nonce}`;
    return `${text}.${this.mac(text)}`;
  }

  /** Undefined unless this installation has written it. */
  read(correlationId: string | undefined): Cause | undefined {
    const [, text, pluginId, depth, mac] = PATTERN.exec(correlationId ?? '') ?? [];
    if (text === undefined || !timingSafeEqual(Buffer.from(this.mac(text)), Buffer.from(mac!))) return undefined;
    return { pluginId: pluginId!, depth: Number(depth) };
  }

  private mac(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url').slice(0, 22);
  }
}
