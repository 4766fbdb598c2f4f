/** One operation of a socket, in the messages of graphql-transport-ws. */
import type { GraphQLFormattedError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { MultiplexedOperation } from '../multiplexed-operation';
import type { Outbox } from '../outbox';

const SUFFIX = Buffer.from('}');

/** Clients that number their operations use the same ids. A shared prefix buffer lets the encoder share whole writes. */
const prefixes = new LRUCache<string, Buffer>({ max: 1_000 });

function prefixOf(id: string): Buffer {
  let prefix = prefixes.get(id);
  if (!prefix) prefixes.set(id, (prefix = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)));
  return prefix;
}

export class SocketOperation extends MultiplexedOperation {
  constructor(
    private readonly id: string,
    outbox: Outbox,
    onOver: () => void,
  ) {
    super(outbox, prefixOf(id), SUFFIX, onOver);
  }

  complete(): void {
    if (!this.over()) return;
    this.outbox.send(Buffer.from(`{"id":${JSON.stringify(this.id)},"type":"complete"}`), this.canWait);
  }

  error(errors: readonly GraphQLFormattedError[]): void {
    if (this.over()) this.outbox.send(Buffer.from(JSON.stringify({ id: this.id, type: 'error', payload: errors })));
  }
}
