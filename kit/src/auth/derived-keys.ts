/**
 * The keys that are derived from the secret of an installation, one for each purpose. Signs with the current secret. Accepts what its
 * fallbacks have signed as well, so that a secret can be changed while processes and clients go on.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { EQUAL_EVERYWHERE, listVariable } from '../config';

/** `SECRET_KEY`, or that and then its fallbacks. */
export type Secret = string | readonly [current: string, ...fallbacks: string[]];

/** The shortest secret, in characters. */
const MIN_LENGTH = 32;

/** Beside `SECRET_KEY`, in every process that reads it. */
export const fallbackVariables = {
  SECRET_KEY_FALLBACKS: listVariable()
    .refine((secrets) => secrets.every((secret) => secret.length >= MIN_LENGTH), 'needs 32 characters or more in each')
    .default([])
    .describe('former or coming values of SECRET_KEY, separated by commas: accepted, but not signed with')
    .meta(EQUAL_EVERYWHERE),
} satisfies z.ZodRawShape;

/** The secret of a configuration. */
export const secretOf = <Key extends string | undefined>(config: {
  SECRET_KEY: Key;
  SECRET_KEY_FALLBACKS: readonly string[];
}): [Key, ...string[]] => [config.SECRET_KEY, ...config.SECRET_KEY_FALLBACKS];

/** The current secret first. */
export const secretsIn = (secret: Secret): readonly [string, ...string[]] =>
  typeof secret === 'string' ? [secret] : secret;

export class DerivedKeys {
  /** The current key first. */
  readonly all: readonly [Buffer, ...Buffer[]];
  /** The same as objects: with the bytes, an HMAC of a short text takes five times as long. */
  private readonly objects: readonly [KeyObject, ...KeyObject[]];

  /** @param purpose separates the key from those of other purposes */
  constructor(secret: Secret, purpose: string) {
    const derive = (one: string) => createHmac('sha256', one).update(purpose).digest();
    const [current, ...fallbacks] = secretsIn(secret);
    this.all = [derive(current), ...fallbacks.map(derive)];
    const [first, ...others] = this.all;
    this.objects = [createSecretKey(first), ...others.map((key) => createSecretKey(key))];
  }

  get current(): Buffer {
    return this.all[0];
  }

  /** HMAC-SHA-256 in Base64URL, 43 characters. */
  mac(text: string): string {
    return macBy(this.objects[0], text);
  }

  /** Whether one of the keys has made `mac`, or its first `length` characters. */
  isMac(text: string, mac: string, length?: number): boolean {
    const given = Buffer.from(mac);
    return this.objects.some((key) => {
      const expected = Buffer.from(macBy(key, text).slice(0, length));
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }
}

const macBy = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest('base64url');
