/**
 * A connection that carries many requests of a gateway to a subgraph at once, because an HTTP request costs both sides more than a short
 * operation does. It begins as an HTTP upgrade of `/graphql`. Then each line from the gateway is a request, `[number,headers,request]`
 * in JSON, and each line from the subgraph is an answer, `number status body`. The gateway chooses the number, and uses it again
 * after the answer. Sends nothing itself. See docs/decisions/request-links.md.
 */
import type { GraphQLRequest } from './service';

/** The protocol of the upgrade. */
export const LINK_PROTOCOL = 'graphql-lines';

/** The header of HTTP responses by which a subgraph tells that it takes links. */
export const TAKES_LINKS_HEADER = 'x-takes-links';

/** The line by which a subgraph asks for no more requests. It answers those that it gets before the gateway ends the link. */
export const GOODBYE = 'bye';

export interface LinkedRequest {
  number: number;
  headers: Record<string, string>;
  request: GraphQLRequest;
}

export interface LinkedAnswer {
  /** Of the request. */
  number: number;
  status: number;
  /** JSON. */
  body: string;
}

/** @param request JSON without line breaks */
export const writeRequest = (number: number, headers: Record<string, string>, request: string): string =>
  `[${number},${JSON.stringify(headers)},${request}]\n`;

/** @throws SyntaxError or TypeError if the line is no request */
export function readRequest(line: string): LinkedRequest {
  const [number, headers, request] = JSON.parse(line) as [number, Record<string, string>, GraphQLRequest];
  if (!Number.isInteger(number) || typeof headers !== 'object' || headers === null || typeof request.query !== 'string')
    throw new TypeError('A line is no request.');
  return { number, headers, request };
}

export const writeAnswer = ({ number, status, body }: LinkedAnswer): string => `${number} ${status} ${body}\n`;

/** @param line without its line break; only its beginning is needed for number and status */
export function readAnswer(line: string): LinkedAnswer {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  return {
    number: Number(line.slice(0, first)),
    status: Number(line.slice(first + 1, second)),
    body: line.slice(second + 1),
  };
}

const LINE_BREAK = 10;

/** Cuts a stream of bytes into lines. */
export class LineReader {
  private parts: Buffer[] = [];
  /** Bytes of the line so far. */
  private size = 0;

  /** `onLine` gets only the beginning of a line that is longer than `maxBytes`. */
  constructor(
    private readonly maxBytes: number,
    private readonly onLine: (line: string, isTooLong: boolean) => void,
  ) {}

  /** The bytes of a line that has no end yet. */
  get unfinished(): number {
    return this.size;
  }

  read(chunk: Buffer): void {
    let from = 0;
    for (let end; (end = chunk.indexOf(LINE_BREAK, from)) >= 0; from = end + 1) {
      if (this.size === 0 && end - from <= this.maxBytes) {
        this.onLine(chunk.toString('utf8', from, end), false);
        continue;
      }
      this.keep(chunk.subarray(from, end));
      const [parts, isTooLong] = [this.parts, this.size > this.maxBytes];
      this.parts = [];
      this.size = 0;
      this.onLine(Buffer.concat(parts).toString(), isTooLong);
    }
    if (from < chunk.length) this.keep(chunk.subarray(from));
  }

  private keep(part: Buffer): void {
    if (this.size <= this.maxBytes) this.parts.push(part);
    this.size += part.length;
  }
}
