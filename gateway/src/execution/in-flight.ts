/** Deduplicates equal concurrent queries of one caller. */
import type { FormattedExecutionResult } from 'graphql';

interface Flight {
  result: Promise<FormattedExecutionResult>;
  abort: AbortController;
  /** Number of requests that still wait. */
  waiting: number;
}

export class InFlightQueries {
  /** By caller, so that a mutation can separate later queries from earlier ones. */
  private readonly byCaller = new Map<string, Map<string, Flight>>();

  /**
   * Joins an equal pending query of the caller, or starts `run`. Its signal is aborted when no request waits any longer.
   * Results are shared and must not be modified.
   */
  run(
    caller: string,
    key: string,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<FormattedExecutionResult>,
    onJoin: () => void,
  ): Promise<FormattedExecutionResult> {
    const flights = this.flightsOf(caller);
    let flight = flights.get(key);
    if (flight && !flight.abort.signal.aborted) {
      flight.waiting++;
      onJoin();
    } else {
      flight = this.start(caller, key, flights, run);
    }
    const joined = flight;
    // The signal lives only as long as its request, and a late abort has no effect, so the listener may stay.
    signal?.addEventListener('abort', () => {
      if (--joined.waiting === 0) joined.abort.abort();
    });
    return joined.result;
  }

  /** Whether no query is pending. */
  get isIdle(): boolean {
    return this.byCaller.size === 0;
  }

  /** Queries that start after a mutation must see its effect, so they do not join earlier queries. */
  separate(caller: string): void {
    this.byCaller.delete(caller);
  }

  private start(
    caller: string,
    key: string,
    flights: Map<string, Flight>,
    run: (signal: AbortSignal) => Promise<FormattedExecutionResult>,
  ): Flight {
    const abort = new AbortController();
    const flight: Flight = { result: run(abort.signal), abort, waiting: 1 };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
      if (flights.size === 0 && this.byCaller.get(caller) === flights) this.byCaller.delete(caller);
    };
    flight.result.then(land, land);
    return flight;
  }

  private flightsOf(caller: string): Map<string, Flight> {
    let flights = this.byCaller.get(caller);
    if (!flights) {
      flights = new Map();
      this.byCaller.set(caller, flights);
    }
    return flights;
  }
}
