/**
 * The cause of a bot's act, as the correlation id of its requests: which plugin acted, and how many plugins had acted in a row before.
 * Followers of events get the id back, so chains of plugins end, whatever they do. Signed, as any client may send any correlation id.
 */
import { DerivedKeys, type Secret } from '@chat/kit/auth/derived-keys';

export interface Cause {
  pluginId: string;
  /** 1 for a plugin that reacted to a person. */
  depth: number;
}

/** `plugin.<id>.<depth>.<nonce>.<signature>`, within the characters and the length of correlation ids. */
const PATTERN = /^(plugin\.([\da-f-]{36})\.(\d)\.[\w-]{8,36})\.([\w-]{22})$/;

/** Characters of a signature: 132 bits. */
const MAC_LENGTH = 22;

export class Causes {
  private readonly keys: DerivedKeys;

  constructor(secret: Secret) {
    this.keys = new DerivedKeys(secret, 'plugin-causes');
  }

  /** @param nonce tells requests apart in logs; 8 to 36 letters, digits and hyphens */
  write({ pluginId, depth }: Cause, nonce: string): string {
    const text = `plugin.${pluginId}.${Math.min(depth, 9)}.${nonce}`;
    return `${text}.${this.keys.mac(text).slice(0, MAC_LENGTH)}`;
  }

  /** Undefined unless this installation has written it. */
  read(correlationId: string | undefined): Cause | undefined {
    const [, text, pluginId, depth, mac] = PATTERN.exec(correlationId ?? '') ?? [];
    if (text === undefined || !this.keys.isMac(text, mac!, MAC_LENGTH)) return undefined;
    return { pluginId: pluginId!, depth: Number(depth) };
  }
}
