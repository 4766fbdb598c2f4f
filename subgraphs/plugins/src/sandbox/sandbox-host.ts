/**
 * One host process of the sandbox: sends it messages, hears its own, and tells its end. Knows no programs and no limits, which the
 * supervisor in process-sandbox.ts does.
 */
import { callAtExit } from '@chat/kit/process/at-exit';
import type { Done, FromHost, ToHost } from './host/protocol';
import type { Launched } from './launcher';
import type { CallResult } from './sandbox';

/** Longest line that the host may send, in characters. Escapes can lengthen output six times. */
const MAX_LINE = 16 << 20;

/** A call that has not ended. */
interface Waiting {
  program: string;
  context: unknown;
  settle: (result: CallResult) => void;
}

/** Calls in turn that have not ended. */
interface WaitingSeries {
  /** Settles the calls that have ended, and then the series. */
  end: (calls: readonly Done[]) => void;
  /** Ends it with the process. */
  interrupt: () => void;
}

/** A program that is being loaded. */
interface Loading {
  resolve: () => void;
  reject: (error: Error) => void;
}

export class SandboxHost {
  readonly calls = new Map<number, Waiting>();
  readonly series = new Map<number, WaitingSeries>();
  readonly loading = new Map<number, Loading>();
  readonly preparing: (() => void)[] = [];
  heardAt = performance.now();
  isOver = false;
  private readonly ended = Promise.withResolvers<void>();
  private readonly said = Promise.withResolvers<void>();
  private complaint = '';
  private readonly unregister: () => void;

  constructor(
    private readonly launched: Launched,
    private readonly onMessage: (host: SandboxHost, message: FromHost) => void,
    private readonly onEnd: (host: SandboxHost, complaint: string) => void,
  ) {
    const { child, reader, writer } = launched;
    child.stderr!.on('data', (chunk: Buffer) => (this.complaint = (this.complaint + chunk.toString()).slice(-2_000)));
    child.on('error', (error) => this.over(error.message)).on('exit', () => this.over(this.complaint));
    for (const end of [reader, writer]) end.on('error', () => this.kill());
    let rest = '';
    // Not readline, for which U+2028 in JSON ends a line.
    reader.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      if (rest.length > MAX_LINE) this.kill();
      for (const line of lines) this.hear(line);
    });
    this.unregister = callAtExit(this.kill);
  }

  get pid(): number | undefined {
    return this.launched.child.pid;
  }

  get begun(): Promise<void> {
    return this.said.promise;
  }

  get end(): Promise<void> {
    return this.ended.promise;
  }

  send(message: ToHost): void {
    if (!this.isOver) this.launched.writer.write(`${JSON.stringify(message)}\n`);
  }

  readonly kill = (): void => {
    if (!this.isOver) this.launched.kill?.();
    try {
      if (this.pid !== undefined && !this.isOver) process.kill(-this.pid, 'SIGKILL');
    } catch {
      // the group has ended
    }
  };

  private hear(line: string): void {
    this.heardAt = performance.now();
    this.said.resolve();
    try {
      this.onMessage(this, JSON.parse(line) as FromHost);
    } catch {
      this.kill(); // it talks nonsense
    }
  }

  private over(complaint: string): void {
    if (this.isOver) return;
    this.kill();
    this.isOver = true;
    this.unregister();
    this.said.reject(new Error(`The sandbox did not start. ${complaint}`));
    this.said.promise.catch(() => undefined);
    this.onEnd(this, complaint);
    this.ended.resolve();
  }
}
