/**
 * Parts of requests that are sent over a link once and then named by a number: the headers of a connection and the head of an operation
 * (its query and name), as those of an avatar's moves. In a line, a part is a number, `[number,part]` for one that is sent for the first
 * time, or the part itself. Numbers are used again for other parts. Sends nothing itself.
 */

/** Numbers of one kind of parts on a link. */
const SIZE = 512;

/** Longer parts are not remembered, in characters of JSON. */
const MAX_LENGTH = 4_096;

export interface RequestHead {
  query: string;
  operationName?: string;
}

/** The sender's side. */
export class SentParts<Key> {
  private readonly numbers = new Map<Key, number>();
  private readonly keys: Key[] = [];
  private next = 0;

  /** @param key equal for equal parts. @param jsonOf the part. @returns the JSON for a line */
  write(key: Key, jsonOf: (key: Key) => string): string {
    const known = this.numbers.get(key);
    if (known !== undefined) return String(known);
    const json = jsonOf(key);
    if (json.length > MAX_LENGTH) return json;
    const number = this.next++ % SIZE;
    if (this.keys.length === SIZE) this.numbers.delete(this.keys[number]!);
    this.keys[number] = key;
    this.numbers.set(key, number);
    return `[${number},${json}]`;
  }
}

/** The receiver's side. */
export class ReceivedParts {
  readonly headers = new PartTable<Record<string, string>>();
  readonly heads = new PartTable<RequestHead>();
}

class PartTable<Part extends object> {
  private readonly parts: (Part | undefined)[] = [];

  /** The part that a line names, brings or is. @throws TypeError for a number that names no part, and for a wrong one */
  read(given: unknown): Part {
    if (typeof given === 'number') {
      const known = this.parts[given];
      if (!known) throw new TypeError('A line names an unknown part.');
      return known;
    }
    if (!Array.isArray(given)) return given as Part;
    const [number, part] = given as [unknown, unknown];
    if (!Number.isInteger(number) || (number as number) < 0 || (number as number) >= SIZE)
      throw new TypeError('A line has a wrong number of a part.');
    if (typeof part !== 'object' || part === null || Array.isArray(part) || JSON.stringify(part).length > MAX_LENGTH)
      throw new TypeError('A line brings no part, or one that is too long.');
    return (this.parts[number as number] = part as Part);
  }
}
