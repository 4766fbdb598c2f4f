/**
 * Serialised results of events that several upstreams bring as one object. If results depend on the viewer, each subscriber has an upstream
 * of its own, and a subgraph may still send equal events to some of them.
 */
import type { PreparedOperation } from '../planning/prepared-operation';
import type { Payload } from './sink';

interface Result {
  prepared: PreparedOperation;
  variables: string;
  payload: Payload;
}

export class RepeatedResults {
  private readonly byEvent = new WeakMap<object, Result>();

  /** @param variables their canonical JSON */
  of(event: object, prepared: PreparedOperation, variables: string, make: () => Payload): Payload {
    const known = this.byEvent.get(event);
    if (known && known.prepared === prepared && known.variables === variables) return known.payload;
    const payload = make();
    this.byEvent.set(event, { prepared, variables, payload });
    return payload;
  }
}
