/**
 * A language model server for tests: a real HTTP server that streams tokens in the format of a provider, and fails on demand. Holds no
 * format; fake-ollama.ts and fake-openai.ts have those of their providers, as documented.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  /** Answers with this status. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Accepts the request and sends nothing. */
  | 'HANG'
  /** Resets the connection before the headers. */
  | 'RESET'
  /** Sends a page with status 200. */
  | 'HTML'
  /** Sends the end of an answer without a token before it. */
  | 'EMPTY'
  /** Resets the connection after so many tokens. */
  | { cutAfter: number }
  /** Ends the response properly, but in the middle of the answer. */
  | { endAfter: number }
  /** Sends half of a line, and ends the response properly. */
  | { halfLineAfter: number }
  /** Sends one line that is not of the protocol, and goes on. */
  | { brokenLineAfter: number }
  /** Reports an error in the stream. */
  | { errorAfter: number }
  /** Sends nothing more, and keeps the connection. */
  | { silentAfter: number }
  /** Sends bytes without a line break, until the client hangs up. */
  | { floodAfter: number };

/** The texts of a stream in the format of a provider. Lines end as they do there. */
export interface StreamFormat {
  contentType: string;
  /** The path that streams answers. */
  path: string;
  token(text: string): string;
  /** What follows the last token. */
  end(): string;
  error(message: string): string;
  broken(): string;
  /** The response to other paths, such as that of a probe; undefined for 404. */
  other(path: string): object | undefined;
}

/** One request for an answer. */
export interface ModelCall {
  body: any;
  headers: IncomingMessage['headers'];
  /** Tokens that were sent. */
  sent: number;
  /** Settles when the connection of the response is closed; true if the answer was not finished. */
  aborted: Promise<boolean>;
}

export class FakeModelServer implements AsyncDisposable {
  /** The tokens of each answer. */
  tokens: string[] = ['All', ' is', ' well', '.'];
  /** The fault of the next answers. */
  fault: Fault | undefined;
  /** The pause before each token, in milliseconds. */
  pauseMs = 0;
  /** The most bytes in one write; tokens arrive cut then. */
  writeSize = Infinity;
  /** Whether probes fail with status 500. */
  isUnwell = false;
  readonly calls: ModelCall[] = [];
  probes = 0;

  private constructor(
    private readonly server: Server,
    readonly format: StreamFormat,
  ) {}

  static async start(format: StreamFormat): Promise<FakeModelServer> {
    const server = createServer((request, response) => void fake.handle(request, response));
    const fake = new FakeModelServer(server, { ...format });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, this.url);
    if (pathname === this.format.path) return this.answer(request, response);
    this.probes++;
    const found = this.format.other(pathname);
    response.writeHead(this.isUnwell ? 500 : found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error: 'not found' }));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { fault, format } = this;
    const closed = once(response, 'close').then(() => !response.writableFinished);
    const call: ModelCall = { body: await json(request), headers: request.headers, sent: 0, aborted: closed };
    this.calls.push(call);
    response.on('error', () => undefined);
    if (fault === 'HANG') return;
    if (fault === 'RESET') return void response.socket!.resetAndDestroy();
    if (fault === 'HTML') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      return void response.end('<!doctype html><title>Sign in</title><p>Please sign in.');
    }
    if (typeof fault === 'object' && 'status' in fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      return void response.end(fault.body ?? JSON.stringify({ error: { message: 'no' } }));
    }
    response.writeHead(200, { 'content-type': format.contentType });
    response.flushHeaders();
    for (const [index, token] of (fault === 'EMPTY' ? [] : this.tokens).entries()) {
      if (this.pauseMs > 0) await sleep(this.pauseMs);
      if (response.destroyed || (typeof fault === 'object' && (await this.fail(response, fault, index)))) return;
      await this.write(response, format.token(token));
      call.sent++;
    }
    await this.write(response, format.end());
    response.end();
  }

  /** @returns whether the answer ends here */
  private async fail(response: ServerResponse, fault: Exclude<Fault, string>, index: number): Promise<boolean> {
    const { format } = this;
    if ('cutAfter' in fault && fault.cutAfter === index) {
      await sleep(20); // what was written before has left
      response.socket!.resetAndDestroy();
      return true;
    }
    if ('endAfter' in fault && fault.endAfter === index) response.end();
    if ('halfLineAfter' in fault && fault.halfLineAfter === index)
      response.end(format.token('half a line').slice(0, 25));
    if ('errorAfter' in fault && fault.errorAfter === index) response.end(format.error('the model is gone'));
    if ('brokenLineAfter' in fault && fault.brokenLineAfter === index) await this.write(response, format.broken());
    if ('floodAfter' in fault && fault.floodAfter === index) await flood(response);
    const isSilent = 'silentAfter' in fault && fault.silentAfter === index;
    return isSilent || response.writableEnded || response.destroyed;
  }

  private async write(response: ServerResponse, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += this.writeSize) {
      response.write(bytes.subarray(at, Math.min(at + this.writeSize, bytes.length)));
      if (this.writeSize < Infinity) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** 100 MB, unless the client hangs up before. */
async function flood(response: ServerResponse): Promise<void> {
  const chunk = Buffer.alloc(1024 ** 2, 'x');
  for (let sent = 0; sent < 100 && !response.destroyed; sent++)
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  response.end();
}
