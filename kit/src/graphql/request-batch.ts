/**
 * Several requests of a gateway in one HTTP request, because an HTTP request costs both sides more than a short operation does. A line of
 * the body is a request: a JSON array of its headers and its GraphQL request. A line of the response is an answer, as soon as it is there:
 * the number of the request from 0, its status and its body as JSON, separated by spaces. Sends nothing itself.
 */
import type { GraphQLRequest } from './service';

/** The media type of both bodies. */
export const BATCH_TYPE = 'application/vnd.request-batch';

/** The header of responses by which a subgraph tells that it takes batches. */
export const TAKES_BATCHES_HEADER = 'x-takes-batches';

export interface BatchedRequest {
  headers: Record<string, string>;
  request: GraphQLRequest;
}

export interface BatchedAnswer {
  /** Of the request, from 0. */
  index: number;
  status: number;
  /** JSON. */
  body: string;
}

/** @param request JSON without line breaks */
export const writeRequest = (headers: Record<string, string>, request: string): string =>
  `[${JSON.stringify(headers)},${request}]\n`;

/** @throws SyntaxError or TypeError if there is none, or if a line is no request or has no end */
export function readRequests(text: string): BatchedRequest[] {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw new TypeError('A line is missing.');
  return lines.map((line) => {
    const [headers, request] = JSON.parse(line) as [Record<string, string>, GraphQLRequest];
    if (typeof headers !== 'object' || headers === null || typeof request.query !== 'string')
      throw new TypeError('A line is no request.');
    return { headers, request };
  });
}

export const writeAnswer = ({ index, status, body }: BatchedAnswer): string => `${index} ${status} ${body}\n`;

/** @param line without its line break */
export function readAnswer(line: string): BatchedAnswer {
  const [first, second] = [line.indexOf(' '), line.indexOf(' ', line.indexOf(' ') + 1)];
  return {
    index: Number(line.slice(0, first)),
    status: Number(line.slice(first + 1, second)),
    body: line.slice(second + 1),
  };
}
