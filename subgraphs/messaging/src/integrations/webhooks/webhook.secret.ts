/** Signing secrets of webhooks (Standard Webhooks). Derived from SECRET_KEY and never stored, so a copy of the database does not leak them. */
import { DerivedKeys, secretsIn, type Secret } from '@chat/kit/auth/derived-keys';
import { createHmac } from 'node:crypto';

export interface SecretSource {
  id: string;
  /** Counts from 1. */
  secretVersion: number;
  /** End of the overlap with the previous version; null if there is none. */
  previousSecretUntil: Date | null;
}

/** `whsec_` and 32 bytes in Base64. Changes if SECRET_KEY changes. */
export function webhookSecret(
  secret: Secret,
  { id, secretVersion }: Omit<SecretSource, 'previousSecretUntil'>,
): string {
  const key = new DerivedKeys(secret, 'webhook-secret').current;
  const name = secretVersion === 1 ? id : `${id}:${secretVersion}`;
  return `whsec_${createHmac('sha256', key).update(name).digest('base64')}`;
}

/** The secrets to sign with: the newest, and during the overlap the previous one; and those of former values of SECRET_KEY. */
export function signingSecrets(secret: Secret, webhook: SecretSource, now: Date): string[] {
  const { id, secretVersion, previousSecretUntil } = webhook;
  const isOverlap = previousSecretUntil !== null && previousSecretUntil > now;
  const versions = isOverlap ? [secretVersion, secretVersion - 1] : [secretVersion];
  return secretsIn(secret).flatMap((one) =>
    versions.map((version) => webhookSecret(one, { id, secretVersion: version })),
  );
}
