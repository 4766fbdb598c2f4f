/** Encrypts the keys of bots for the database, with a key that is derived from SECRET_KEY (AES-256-GCM). */
import { DerivedKeys, type Secret } from '@chat/kit/auth/derived-keys';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;

export class SecretBox {
  private readonly keys: DerivedKeys;

  constructor(secret: Secret) {
    this.keys = new DerivedKeys(secret, 'plugin-bots');
  }

  seal(text: string): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.keys.current, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Undefined if it was sealed with an unknown SECRET_KEY. */
  open(sealed: string): string | undefined {
    for (const key of this.keys.all) {
      const text = openBy(key, sealed);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** The same, sealed with the current SECRET_KEY. Undefined if it already is, or if it cannot be opened. */
  reseal(sealed: string): string | undefined {
    if (openBy(this.keys.current, sealed) !== undefined) return undefined;
    const text = this.open(sealed);
    return text === undefined ? undefined : this.seal(text);
  }
}

function openBy(key: Buffer, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
