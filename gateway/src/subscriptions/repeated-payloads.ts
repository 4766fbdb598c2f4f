/**
 * Payloads that a subgraph sends for several subscriptions at once, such as the frames of one place. A text that repeats within one turn
 * of the event loop is parsed once: all of its streams get the same object, and must not change it.
 */
import { parseExactly } from '../supergraph/exact-json';

/** Longer texts are parsed each time, in characters: they would cost memory, and seldom repeat. */
const MAX_LENGTH = 65_536;

export class RepeatedPayloads {
  private readonly known = new Map<string, unknown>();

  /** @throws SyntaxError */
  of(text: string): unknown {
    if (text.length > MAX_LENGTH) return parseExactly(text);
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const payload = parseExactly(text);
    if (this.known.size === 0) setImmediate(() => this.known.clear());
    this.known.set(text, payload);
    return payload;
  }
}
