/** A subscription of the contract that a test reads at its own pace, event by event. */
import { eventually } from '@chat/kit/testing/eventually';
import { type Answer, type Data, Listening } from '@chat/kit/testing/person';

export class Watch extends Listening {
  private readonly waiting: Data[] = [];

  /** @param field the field of the results that holds the event */
  constructor(
    results: AsyncIterator<Answer>,
    operation: string,
    private readonly field: string,
  ) {
    super(results, operation);
  }

  /** Waits for one more event. @throws on an error, and if the stream ends */
  override async next(): Promise<Data> {
    return this.waiting.length > 0 ? this.waiting.shift() : this.pull();
  }

  /** Waits for `count` events. */
  override async take(count: number): Promise<Data[]> {
    const events: Data[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** Waits for the first event for which `isIt` holds, and drops those before it. */
  async until(isIt: (event: Data) => boolean): Promise<Data> {
    for (;;) {
      const event: Data = await this.next();
      if (isIt(event)) return event;
    }
  }

  /**
   * Waits until the subscription has begun: a stream without a cursor begins at an unknown moment after its request.
   * Repeats `knock` until an event arrives, then skips to the event of the last knock.
   * @param isEffect whether an event is the effect of a return value of `knock`
   */
  async hasBegun<Knock>(knock: () => Promise<Knock>, isEffect: (event: Data, of: Knock) => boolean): Promise<Data> {
    let isSettled = false;
    const first = this.pull().finally(() => (isSettled = true));
    // An error is thrown below. Until then nobody awaits it, and it must not end the process.
    first.catch(() => undefined);
    let last: Knock;
    await eventually(async () => {
      last = await knock();
      return isSettled;
    }, 'the first event of the subscription');
    this.waiting.push(await first);
    return this.until((event) => isEffect(event, last));
  }

  /** Waits until the system ends the stream, by an error or by closing the socket, and drops earlier events. */
  async ends(): Promise<void> {
    await this.until(() => false).catch((reason: unknown) => {
      if (reason instanceof Error && reason.message.startsWith('Waited ')) throw reason;
    });
  }

  /** The errors that arrive in place of an event. @throws if an event arrives */
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

  private async pull(): Promise<Data> {
    const { data, errors } = await super.next();
    if (errors) throw errors as unknown as Error;
    return data?.[this.field];
  }
}
