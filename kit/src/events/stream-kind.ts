/**
 * Kinds of event streams: one map per kind from event type to payload type. Appending, reading, live feeds and webhooks take their types
 * from it. Holds no rows; see event-log.ts.
 */
import { streamPosition, type StreamPosition } from '../graphql/cursor';

/** Payload types by event type. */
export type EventMap = Record<string, Record<string, unknown>>;

declare const EVENTS: unique symbol;

/** The name of a stream, such as `channel:0197…`. Its type tells which events the stream holds. */
export type Stream<Events extends EventMap = EventMap> = string & { readonly [EVENTS]: Events };

/** The event types of a map. */
export type EventType<Events extends EventMap> = keyof Events & string;

/** A row of a stream: the type decides the payload. */
export type EventRow<Events extends EventMap = EventMap> = {
  [Type in EventType<Events>]: {
    stream: string;
    /** 1, 2, 3, … without gaps within a stream, in commit order. */
    seq: number;
    type: Type;
    /** Ids and small facts, never anything that a later reader might not be allowed to see. */
    payload: Events[Type];
  };
}[EventType<Events>];

/** The payload of one event type in {@link defineStream}. */
export const payload = <Payload extends Record<string, unknown>>(): Payload => ({}) as Payload;

export interface StreamOptions {
  /** The stream belongs to one account. Its events are not offered to webhooks. */
  isPrivate?: boolean;
}

export class StreamKind<Events extends EventMap> {
  readonly types: readonly EventType<Events>[];
  readonly isPrivate: boolean;

  constructor(
    readonly name: string,
    events: Events,
    { isPrivate = false }: StreamOptions = {},
  ) {
    this.types = Object.keys(events);
    this.isPrivate = isPrivate;
  }

  /** The stream of the thing with this id. */
  of(id: string): Stream<Events> {
    return `${this.name}:${id}` as Stream<Events>;
  }

  /** The id that a stream's name holds; undefined if the stream is of another kind. */
  idOf(stream: string): string | undefined {
    return stream.startsWith(`${this.name}:`) ? stream.slice(this.name.length + 1) : undefined;
  }

  /** Whether a row is of a stream of this kind. */
  holds(row: { stream: string }): row is EventRow<Events> {
    return this.idOf(row.stream) !== undefined;
  }

  /** The position of an event cursor; undefined if it is absent. @throws BAD_USER_INPUT if it is not of this stream; the error names `argument`. */
  position(id: string, cursor: string | null | undefined, argument = 'after'): StreamPosition | undefined {
    return streamPosition(this.of(id), cursor, argument);
  }
}

/** Any kind of stream. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- stands for every instantiation, as variance forbids naming one
export type AnyStreamKind = StreamKind<any>;

/** The event map of a kind. */
export type EventsOf<Kind extends AnyStreamKind> = Kind extends StreamKind<infer Events> ? Events : never;

/**
 * Defines the streams `name:<id>` and their events.
 * @example defineStream('channel', { MessageAdded: payload<{ messageId: string }>() })
 */
export const defineStream = <Events extends EventMap>(
  name: string,
  events: Events,
  options?: StreamOptions,
): StreamKind<Events> => new StreamKind(name, events, options);
