/** Standard output for log lines. Lines that come close together become one write, since a write costs more than a line. */
import { writeSync } from 'node:fs';
import { pino } from 'pino';

/** How long a line waits for others, in milliseconds; the most that a process killed with -9 loses. */
const TOGETHER_MS = 10;

export class LogOutput {
  private readonly stream = pino.destination({ dest: 1, sync: false });
  private waiting = '';

  constructor() {
    process.on('exit', () => this.end());
  }

  write(line: string): void {
    if (this.waiting === '') setTimeout(() => this.writeWaiting(), TOGETHER_MS).unref();
    this.waiting += line;
  }

  private writeWaiting(): void {
    this.stream.write(this.waiting);
    this.waiting = '';
  }

  private end(): void {
    this.stream.flushSync();
    if (this.waiting !== '') writeSync(1, this.waiting);
  }
}
