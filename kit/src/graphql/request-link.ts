/**
 * A connection that carries many requests of a gateway to a subgraph at once, because an HTTP request costs both sides more than a short
 * operation does. It begins as an HTTP upgrade of `/graphql`. Then each line from the gateway is a request, `[number,headers,request]`
 * in JSON, and each line from the subgraph is an answer, `number status body`. The gateway chooses the number, and uses it again
 * after the answer. Requests that a client repeats many times a second have a shorter form, see request-parts.ts. Sends nothing itself.
 * See docs/decisions/request-links.md.
 */
import type { ReceivedParts } from './request-parts';
import type { GraphQLRequest } from './service';

/** The protocol of the upgrade. */
export const LINK_PROTOCOL = 'graphql-lines';

/** The same, with {@link ReceivedParts}, and with numbers of several equal answers in one line: `number,number status body`. */
export const PARTS_PROTOCOL = 'graphql-lines-2';

/** The header of HTTP responses by which a subgraph tells that it takes links. The value `2` means that it also takes {@link PARTS_PROTOCOL}. */
export const TAKES_LINKS_HEADER = 'x-takes-links';

/** The header of the upgrade's response that names the subgraph's process: links with the same name lead to the same one. */
export const PROCESS_HEADER = 'x-process-id';

/** The line by which a subgraph asks for no more requests. It answers those that it gets before the gateway ends the link. */
export const GOODBYE = 'bye';

export interface LinkedRequest {
  number: number;
  headers: Record<string, string>;
  request: GraphQLRequest;
}

export interface LinkedAnswer {
  /** Of the requests: several if their answers are equal. */
  numbers: readonly number[];
  status: number;
  /** JSON. */
  body: string;
}

/** @param request JSON without line breaks */
export const writeRequest = (number: number, headers: Record<string, string>, request: string): string =>
  `[${number},${JSON.stringify(headers)},${request}]\n`;

/** @param headers and head as SentParts writes them. @param variables JSON */
export const writeRequestOfParts = (number: number, headers: string, head: string, variables: string): string =>
  `[${number},${headers},[${head},${variables}]]\n`;

/** @param parts those that the gateway has sent before. @throws SyntaxError or TypeError if the line is no request */
export function readRequest(line: string, parts?: ReceivedParts): LinkedRequest {
  const [number, headersPart, requestPart] = JSON.parse(line) as [number, unknown, unknown];
  const headers = parts ? parts.headers.read(headersPart) : (headersPart as Record<string, string>);
  const request = requestOf(requestPart, parts);
  if (!Number.isInteger(number) || typeof headers !== 'object' || headers === null || typeof request.query !== 'string')
    throw new TypeError('A line is no request.');
  return { number, headers, request };
}

function requestOf(part: unknown, parts: ReceivedParts | undefined): GraphQLRequest {
  if (!parts || !Array.isArray(part)) return part as GraphQLRequest;
  const { query, operationName } = parts.heads.read(part[0]);
  return { query, operationName, variables: part[1] as GraphQLRequest['variables'] };
}

export const writeAnswer = ({ numbers, status, body }: LinkedAnswer): string => `${numbers.join()} ${status} ${body}\n`;

/** @param line without its line break; only its beginning is needed for numbers and status */
export function readAnswer(line: string): LinkedAnswer {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const numbers = line.slice(0, first);
  return {
    numbers: numbers.includes(',') ? numbers.split(',').map(Number) : [Number(numbers)],
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
