/** Unsent messages in a storage that tabs may share. Knows their keys and owners, not their content. */
import { newMutationId } from './outbox-entry.ts';
import type { ClientStorage } from './storage.ts';
import { findLocks } from './locks.ts';

export class OutboxStore {
  private readonly owner = newMutationId();
  private readonly prefix: string;
  private release: () => void = () => undefined;

  /** @param account entries of other accounts are left alone */
  constructor(
    private readonly storage: ClientStorage,
    account: string,
  ) {
    this.prefix = `chat-outbox:${account}:`;
    // Held until the page ends; the lock tells other tabs that this owner lives.
    const held = new Promise<void>((resolve) => (this.release = resolve));
    findLocks()
      ?.request(this.lockOf(this.owner), {}, () => held)
      .catch(() => undefined);
  }

  put(id: string, text: string): void {
    this.storage.setItem(this.keyOf(this.owner, id), text);
  }

  remove(id: string): void {
    this.storage.removeItem(this.keyOf(this.owner, id));
  }

  /** Takes over the entries of owners that have gone. Without Web Locks: all entries, which is safe as each has a mutation id. */
  async adopt(): Promise<string[]> {
    const { held = [] } = (await findLocks()?.query()) ?? {};
    const living = new Set(held.map(({ name }) => name));
    const texts: string[] = [];
    for (const key of this.storage.keys()) {
      if (!key.startsWith(this.prefix)) continue;
      const [owner = '', id = ''] = key.slice(this.prefix.length).split(':');
      const text = this.storage.getItem(key);
      if (owner === this.owner || living.has(this.lockOf(owner)) || text === null) continue;
      this.storage.setItem(this.keyOf(this.owner, id), text);
      this.storage.removeItem(key);
      texts.push(text);
    }
    return texts;
  }

  dispose(): void {
    this.release();
  }

  private keyOf(owner: string, id: string): string {
    return `${this.prefix}${owner}:${id}`;
  }

  private lockOf(owner: string): string {
    return `chat-outbox:${owner}`;
  }
}
