/**
 * A subscriber of minimal cost: a TCP socket with the client's side of graphql-transport-ws that passes on the bytes of each
 * event unparsed. It parses its first event, so that an error does not pass for an event.
 */
import { connect, type Socket } from 'node:net';
import { clientFrame, CLOSE, FrameReader, PING, TEXT } from './frame-reader';

export interface SubscriberOptions {
  /** The gateway's `http://…/graphql`. */
  url: string;
  /** The subscription as JSON: `{"query":…,"variables":…}`. */
  payload: string;
  /** An access token, if the subscriber has an account. */
  token?: string;
  /** Receives an event: `bytes` from `start` to `end`, valid until the call returns. */
  onEvent: (bytes: Buffer, start: number, end: number) => void;
  /** Called when the connection has ended for any reason other than {@link Subscriber.end}. */
  onLost: (why: string) => void;
}

const PONG = clientFrame(0xa, '');

/** One read buffer for all sockets, which are read one after the other. */
const BUFFER = Buffer.allocUnsafe(256 * 1024);

export class Subscriber {
  private readonly socket: Socket;
  private readonly reader = new FrameReader((opcode, bytes, start, end) => this.frame(opcode, bytes, start, end));
  private isUpgraded = false;
  private isAcknowledged = false;
  private hasEvents = false;
  private isOver = false;
  private readonly acknowledged = Promise.withResolvers<void>();

  constructor(private readonly options: SubscriberOptions) {
    const { hostname, port, pathname } = new URL(options.url);
    this.socket = connect({
      host: hostname,
      port: Number(port),
      onread: {
        buffer: BUFFER,
        callback: (length) => {
          this.read(BUFFER.subarray(0, length));
          return true;
        },
      },
    });
    this.socket.setNoDelay(true);
    this.socket.on('error', (error) => this.lose(error.message));
    this.socket.on('close', () => this.lose('closed'));
    this.socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
        'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    );
    this.acknowledged.promise.catch(() => undefined);
  }

  /** Resolves when the subscribe message has been sent; only an event proves success. Rejects if the connection ends before. */
  get asked(): Promise<void> {
    return this.acknowledged.promise;
  }

  /** Sends another operation. Its answers arrive as events, too. @param payload as the one of the subscription */
  asks(id: string, payload: string): void {
    this.socket.write(clientFrame(TEXT, `{"id":"${id}","type":"subscribe","payload":${payload}}`));
  }

  end(): void {
    this.isOver = true;
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    if (this.isUpgraded) return this.reader.read(chunk);
    const end = chunk.indexOf('\r\n\r\n');
    const head = chunk.toString('latin1', 0, end);
    if (end < 0 || !head.startsWith('HTTP/1.1 101 ')) {
      this.lose(`no upgrade: ${chunk.toString('latin1', 0, 200)}`);
      return void this.socket.destroy();
    }
    this.isUpgraded = true;
    this.socket.write(clientFrame(TEXT, JSON.stringify({ type: 'connection_init', payload: this.credentials() })));
    if (end + 4 < chunk.length) this.reader.read(chunk.subarray(end + 4));
  }

  private credentials(): Record<string, string> | undefined {
    const { token } = this.options;
    return token === undefined ? undefined : { authorization: `Bearer ${token}` };
  }

  private frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === PING) return void this.socket.write(PONG);
    if (opcode === CLOSE) return this.lose(`closed: ${bytes.toString('utf8', start + 2, end)}`);
    if (opcode !== TEXT) return;
    if (this.hasEvents) return this.options.onEvent(bytes, start, end);
    const message = bytes.toString('utf8', start, end);
    if (this.isAcknowledged) return this.firstEvent(message, bytes, start, end);
    if (!message.includes('connection_ack')) return this.lose(message);
    this.isAcknowledged = true;
    this.socket.write(clientFrame(TEXT, `{"id":"1","type":"subscribe","payload":${this.options.payload}}`));
    this.acknowledged.resolve();
  }

  private firstEvent(message: string, bytes: Buffer, start: number, end: number): void {
    const { id, type, payload } = JSON.parse(message) as { id: string; type: string; payload?: { errors?: unknown } };
    if (id !== '1') return this.options.onEvent(bytes, start, end); // of another operation, which was faster
    if (type !== 'next' || payload?.errors) {
      this.lose(message);
      return void this.socket.destroy();
    }
    this.hasEvents = true;
    this.options.onEvent(bytes, start, end);
  }

  private lose(why: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.acknowledged.reject(new Error(why));
    this.options.onLost(why);
  }
}
