/** The error for everything that keeps a process from starting and that its operator can mend. */

/** Thrown if a process cannot start for a reason that its operator can remove; the message says how. */
export class StartupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartupError';
  }
}
