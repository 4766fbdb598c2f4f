/** One GraphQL operation over HTTP. Knows no session and does not retry. */
import { type DocumentNode, print } from 'graphql';
import { ChatError, type ResponseError } from './chat-error.ts';

export interface Result<Data> {
  data?: Data | null;
  errors?: readonly ResponseError[];
}

export interface PostOptions {
  url: string;
  fetch: typeof globalThis.fetch;
  accessToken?: string;
  signal?: AbortSignal;
  /** Deadline of the whole response, in milliseconds. */
  timeoutMs: number;
}

const texts = new WeakMap<DocumentNode, string>();

/** The text of a document; printed once. */
export function textOf(document: string | DocumentNode): string {
  if (typeof document === 'string') return document;
  let text = texts.get(document);
  if (text === undefined) texts.set(document, (text = print(document)));
  return text;
}

/** @throws ChatError NETWORK_ERROR without a response, or by the status of a response that is not GraphQL's */
export async function post<Data>(
  { url, fetch, accessToken, signal, timeoutMs }: PostOptions,
  query: string,
  variables: object = {},
): Promise<Result<Data>> {
  const headers: Record<string, string> = {
    accept: 'application/graphql-response+json, application/json;q=0.9',
    'content-type': 'application/json',
  };
  if (accessToken) headers.authorization = `Bearer ${accessToken}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  const request = {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, request);
    body = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw ChatError.of('NETWORK_ERROR', 'The server could not be reached.', error);
  }
  const result = parsed<Data>(body);
  if (!result) throw ChatError.ofStatus(response.status, response.headers.get('retry-after'));
  return result;
}

function parsed<Data>(body: string): Result<Data> | undefined {
  try {
    const result: unknown = JSON.parse(body);
    const isResult = typeof result === 'object' && result !== null && ('data' in result || 'errors' in result);
    return isResult ? (result as Result<Data>) : undefined;
  } catch {
    return undefined;
  }
}
