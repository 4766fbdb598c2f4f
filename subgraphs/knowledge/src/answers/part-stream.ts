/** A stream that one producer fills and one subscriber reads. Ends at once on `return()`, and aborts the producer's signal then. */

export interface PartStream<Part> {
  signal: AbortSignal;
  push(part: Part): void;
  end(error?: Error): void;
  parts: AsyncIterableIterator<Part, undefined>;
}

export function partStream<Part>(): PartStream<Part> {
  type Result = IteratorResult<Part, undefined>;
  const done: Result = { done: true, value: undefined };
  const abort = new AbortController();
  const waiting: Part[] = [];
  let reader: { resolve: (result: Result) => void; reject: (error: Error) => void } | undefined;
  let ended: { error: Error | undefined } | undefined;
  const end = (error?: Error) => {
    if (ended) return;
    ended = { error };
    if (error === undefined) reader?.resolve(done);
    else reader?.reject(error);
    reader = undefined;
  };
  const stop = (): Promise<Result> => {
    waiting.length = 0;
    end();
    abort.abort();
    return Promise.resolve(done);
  };
  return {
    signal: abort.signal,
    push(part) {
      if (ended) return;
      if (reader) reader.resolve({ done: false, value: part });
      else waiting.push(part);
      reader = undefined;
    },
    end,
    parts: {
      [Symbol.asyncIterator]() {
        return this;
      },
      next() {
        if (waiting.length > 0) return Promise.resolve({ done: false, value: waiting.shift()! });
        if (ended) {
          const { error } = ended;
          ended = { error: undefined };
          return error === undefined ? Promise.resolve(done) : Promise.reject(error);
        }
        return new Promise<Result>((resolve, reject) => (reader = { resolve, reject }));
      },
      return: stop,
      throw: stop,
    },
  };
}
