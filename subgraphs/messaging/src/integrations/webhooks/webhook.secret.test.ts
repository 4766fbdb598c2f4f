/** The secrets that sign a delivery: of each version and of each SECRET_KEY that a receiver may still have. */
import { signingSecrets, webhookSecret } from './webhook.secret';

const [OLD, NEW] = ['the former secret of this installation', 'the coming secret of this installation'];
const now = new Date();

test('while SECRET_KEY changes, deliveries carry signatures of both', () => {
  const webhook = { id: 'w', secretVersion: 2, previousSecretUntil: null };
  const former = webhookSecret(OLD, webhook);
  const current = webhookSecret([NEW, OLD], webhook);
  expect(current).toBe(webhookSecret(NEW, webhook));
  expect(signingSecrets([NEW, OLD], webhook, now)).toEqual([current, former]);
  expect(signingSecrets(NEW, webhook, now)).toEqual([current]);
  const overlapping = { ...webhook, previousSecretUntil: new Date(now.getTime() + 1000) };
  expect(signingSecrets([NEW, OLD], overlapping, now)).toHaveLength(4);
});
