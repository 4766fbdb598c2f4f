/** A subscription that is read when the test wants to. */
import type { FormattedExecutionResult } from 'graphql';
import type { Data } from './person';

export class Watch {
  private readonly waiting: Data[] = [];

  /** @param field which field of the results is of interest */
  constructor(
    private readonly results: AsyncIterableIterator<FormattedExecutionResult<Record<string, unknown>, unknown>>,
    private readonly field: string,
  ) {}

  /** Waits for one more event. @throws on an error, and where the stream ends. */
  async next(): Promise<Data> {
    return this.waiting.length > 0 ? this.waiting.shift() : this.pull();
  }

  /** Waits for `count` events. */
  async take(count: number): Promise<Data[]> {
    const events: Data[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** Waits for the first event that `isIt` and gives it; those before it are lost to this watch. */
  async until(isIt: (event: Data) => boolean): Promise<Data> {
    for (;;) {
      const event: Data = await this.next();
      if (isIt(event)) return event;
    }
  }

  /**
   * A stream without a cursor begins at an unknown moment after it was asked for. Repeats `knock` until its effect is heard,
   * and goes on behind the effect of the last one. @param isEffect of which return value of `knock` an event is the effect
   */
  async hasBegun<Knock>(knock: () => Promise<Knock>, isEffect: (event: Data, of: Knock) => boolean): Promise<Data> {
    let isHeard = false;
    const first = this.pull().then((event: Data) => {
      isHeard = true;
      return event;
    });
    // What fails is thrown below; while nobody waits for it, it must not end the process.
    first.catch(() => (isHeard = true));
    let last: Knock;
    do last = await knock();
    while (!isHeard);
    this.waiting.push(await first);
    return this.until((event) => isEffect(event, last));
  }

  /** Waits until the system ends it, by an error or by closing the socket, whatever comes before that. */
  async ends(): Promise<void> {
    await this.until(() => false).catch(() => undefined);
  }

  /** What it fails with: the errors that come instead of an event. @throws where an event comes. */
  async failure(): Promise<Data[]> {
    try {
      const event: unknown = await this.next();
      throw new Error(`There is no failure but ${JSON.stringify(event)}`);
    } catch (errors) {
      if (Array.isArray(errors)) return errors;
      throw errors;
    } finally {
      await this.end();
    }
  }

  async end(): Promise<void> {
    await this.results.return?.();
  }

  private async pull(): Promise<Data> {
    const { value, done } = await this.results.next();
    if (done) throw new Error('The stream has ended.');
    if (value.errors) throw value.errors;
    return value.data?.[this.field];
  }
}
