/** The secrets that deliveries are signed with (Standard Webhooks). Derived from SECRET_KEY and never stored, so that no copy of the database gives them away. */
import { createHmac } from 'node:crypto';

export interface SecretSource {
  id: string;
  /** 1, 2, 3, … */
  secretVersion: number;
  /** Until when the version before is good too; null where it never was or is no longer. */
  previousSecretUntil: Date | null;
}

/** `whsec_` and 32 bytes in Base64. Another SECRET_KEY makes other secrets. */
export function webhookSecret(
  secretKey: string,
  { id, secretVersion }: Omit<SecretSource, 'previousSecretUntil'>,
): string {
  const key = createHmac('sha256', secretKey).update('webhook-secret').digest();
  const name = secretVersion === 1 ? id : `${id}:${secretVersion}`;
  return `whsec_${createHmac('sha256', key).update(name).digest('base64')}`;
}

/** Those to sign with now: the newest, and the one before it as long as receivers may not have changed over. */
export function signingSecrets(secretKey: string, webhook: SecretSource, now: Date): string[] {
  const { id, secretVersion, previousSecretUntil } = webhook;
  const isOverlap = previousSecretUntil !== null && previousSecretUntil > now;
  const versions = isOverlap ? [secretVersion, secretVersion - 1] : [secretVersion];
  return versions.map((version) => webhookSecret(secretKey, { id, secretVersion: version }));
}
