/**
 * The people of a test: the same verbs over every transport, in process or over HTTP and WebSockets.
 * Holds no transport and no domain noun; `ChatPerson` of messaging adds the verbs of a chat.
 */
import { type DocumentNode, print } from 'graphql';
import { inTime, PATIENCE_MS } from './eventually';

// Tests compare results by value, so results are untyped unless the operation is a typed document.
export type Data = any;

export type Variables = Record<string, unknown>;

/** The text of an operation, or a document that knows its types. */
export type Operation<Result, Given> = string | (DocumentNode & { __apiType?: (variables: Given) => Result });

export interface Answer<Result = Data> {
  data?: Result | null;
  errors?: readonly { message: string; path?: readonly unknown[]; extensions?: Record<string, unknown> }[];
  extensions?: Record<string, unknown>;
}

/** A way to the system under test, with the credentials of one person. */
export interface Transport {
  /** The deadline of each result of a subscription, in milliseconds; {@link PATIENCE_MS} by default. */
  readonly patienceMs?: number;
  execute(query: string, variables?: Variables, headers?: Record<string, string>): Promise<Answer>;
  /** A refusal may reject at once or with the first result. */
  subscribe(
    query: string,
    variables?: Variables,
    headers?: Record<string, string>,
  ): Promise<AsyncIterator<Answer>> | AsyncIterator<Answer>;
  /** Whether a subscription may start; only for transports that can ask without starting it. */
  authorize?(query: string, variables?: Variables): Promise<Answer>;
}

const textOf = (operation: string | DocumentNode) => (typeof operation === 'string' ? operation : print(operation));

export class Person {
  constructor(
    protected readonly transport: Transport,
    readonly id: string,
  ) {}

  /** The whole answer, with its errors. */
  async asks<Result = Data, Given extends object = Variables>(
    operation: Operation<Result, Given>,
    variables?: Given,
    headers?: Record<string, string>,
  ): Promise<Answer<Result>> {
    const text = textOf(operation);
    const answer = this.transport.execute(text, variables as Variables | undefined, headers);
    return inTime(`an answer to ${text}`, answer, 60_000);
  }

  /** The data of an operation that must succeed. @throws with its errors */
  async does<Result = Data, Given extends object = Variables>(
    operation: Operation<Result, Given>,
    variables?: Given,
  ): Promise<Result> {
    const { data, errors } = await this.asks(operation, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return data!;
  }

  /** The `extensions` of the first error of an operation that must fail. @throws if it succeeds */
  async isRefused<Result = Data, Given extends object = Variables>(
    operation: Operation<Result, Given>,
    variables?: Given,
  ): Promise<Data> {
    const { data, errors } = await this.asks(operation, variables);
    if (!errors) throw new Error(`not refused: ${JSON.stringify(data)}`);
    return errors[0]!.extensions;
  }

  /** Whether a subscription would start. @throws if the transport cannot ask */
  async mayFollow(query: string, variables?: Variables): Promise<boolean> {
    if (!this.transport.authorize) throw new Error('This transport can only start subscriptions.');
    return !(await this.transport.authorize(query, variables)).errors;
  }

  /** Starts a subscription. @throws if it is refused at once */
  async follows<Result = Data, Given extends object = Variables>(
    operation: Operation<Result, Given>,
    variables?: Given,
    headers?: Record<string, string>,
  ): Promise<Listening<Result>> {
    const text = textOf(operation);
    const stream = await this.transport.subscribe(text, variables as Variables | undefined, headers);
    return new Listening(stream as AsyncIterator<Answer<Result>>, text, this.transport.patienceMs);
  }
}

/** A subscription that a test reads at its own pace. */
export class Listening<Result = Data> {
  constructor(
    private readonly stream: AsyncIterator<Answer<Result>>,
    private readonly operation: string,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Waits for one more result, with its errors. @throws if the stream ends, fails or stays silent */
  async next(): Promise<Answer<Result>> {
    const { value, done } = await inTime(`a result of ${this.operation}`, this.stream.next(), this.patienceMs);
    if (done) throw new Error(`the stream has ended: ${this.operation}`);
    return value;
  }

  /** Waits for the data of `count` results. @throws on errors in place of data */
  async take(count: number): Promise<Result[]> {
    const results: Result[] = [];
    while (results.length < count) {
      const { data, errors } = await this.next();
      if (!data) throw new Error(`no data: ${JSON.stringify(errors)}`);
      results.push(data);
    }
    return results;
  }

  /** All results until the stream ends, without a deadline, for listeners in the background. */
  [Symbol.asyncIterator](): AsyncIterator<Answer<Result>> {
    return { next: () => this.stream.next(), return: (value) => this.stream.return!(value) };
  }

  async end(): Promise<void> {
    await this.stream.return?.();
  }
}
