/** Queries of one caller that are equal and under way at the same time are executed once. */
import type { FormattedExecutionResult } from 'graphql';

interface Flight {
  result: Promise<FormattedExecutionResult>;
  abort: AbortController;
  /** How many still wait for it. */
  waiting: number;
}

export class InFlightQueries {
  /** By caller, so that a mutation can part the later from the earlier. */
  private readonly byCaller = new Map<string, Map<string, Flight>>();

  /**
   * Joins an equal query of the caller that is under way, or starts `run`. The signal that `run` gets ends it when nobody
   * waits any more. Results are shared: nobody may change them.
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
    // The signal lives no longer than whom it belongs to, and giving up what has ended does nothing: nothing is taken back.
    signal?.addEventListener('abort', () => {
      if (--joined.waiting === 0) joined.abort.abort();
    });
    return joined.result;
  }

  /** Queries that start after a change must see it, so they join nothing that started before. */
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
