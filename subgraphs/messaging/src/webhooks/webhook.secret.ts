/** The secrets that deliveries are signed with (Standard Webhooks). Derived from SECRET_KEY and never stored, so that no copy of the database gives them away. */
import { createHmac } from 'node:crypto';

/** `whsec_` and 32 bytes in Base64. Another SECRET_KEY makes other secrets. */
export function webhookSecret(secretKey: string, webhookId: string): string {
  const key = createHmac('sha256', secretKey).update('webhook-secret').digest();
  return `whsec_${createHmac('sha256', key).update(webhookId).digest('base64')}`;
}
