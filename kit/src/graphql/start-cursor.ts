/** The start cursor of a live stream, with which a subscriber can resume before the first event. */

const START = Symbol('start cursor');

/** Notes on a stream from which cursor it goes on: the value for the argument that resumes it. @returns the stream. */
export function startingAt<Stream extends AsyncIterable<unknown>>(stream: Stream, cursor: string): Stream {
  return Object.assign(stream, { [START]: cursor });
}

/** The cursor that {@link startingAt} has set. */
export function startCursorOf(stream: AsyncIterable<unknown>): string | undefined {
  return (stream as { [START]?: string })[START];
}
