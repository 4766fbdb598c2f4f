/** The interface of every embedded server. */

export interface EmbeddedService extends AsyncDisposable {
  /** The address for clients; it stays the same through every restart. */
  readonly url: string;
  /** The server's process id while it runs. */
  readonly pid: number | undefined;
  /** Starts it again after `stop` or `kill`, on the same port with the same data. */
  start(): Promise<void>;
  /** Ends it in an orderly way; it stays down until `start`. */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL); it stays down until `start`. */
  kill(): Promise<void>;
}
