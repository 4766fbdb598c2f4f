/** How a live stream says where it begins, so that whoever follows it can resume before its first event. */

const START = Symbol('start cursor');

/** Notes on a stream from which cursor it goes on: the value for the argument that resumes it. @returns the stream. */
export function startingAt<Stream extends AsyncIterable<unknown>>(stream: Stream, cursor: string): Stream {
  return Object.assign(stream, { [START]: cursor });
}

/** What {@link startingAt} has noted. */
export function startCursorOf(stream: AsyncIterable<unknown>): string | undefined {
  return (stream as { [START]?: string })[START];
}
