/** An unsent message and its stored form. Holds no queue. */

/** `waiting`: behind others. `sending`: on its way. `retrying`: waits for the next attempt. `failed`: needs the user. */
export type OutboxState = 'waiting' | 'sending' | 'retrying' | 'failed';

export interface OutboxEntry<Input> {
  /** The `clientMutationId`: the server returns the first result if it comes twice. */
  readonly id: string;
  readonly input: Input;
  /** In milliseconds since 1970. */
  readonly queuedAt: number;
  readonly state: OutboxState;
  readonly attempts: number;
  /** The last failure. */
  readonly error?: { code: string; message: string };
}

/** A UUID. `crypto.randomUUID` does not exist on pages without HTTPS. */
export function newMutationId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Undefined for text of another format. */
export function parseEntry<Input>(text: string | null): OutboxEntry<Input> | undefined {
  if (text === null) return undefined;
  try {
    const entry = JSON.parse(text) as Partial<OutboxEntry<Input>>;
    const isWhole = typeof entry.id === 'string' && typeof entry.queuedAt === 'number' && entry.input !== undefined;
    return isWhole
      ? { ...(entry as OutboxEntry<Input>), state: entry.state === 'failed' ? 'failed' : 'waiting' }
      : undefined;
  } catch {
    return undefined;
  }
}
