/** Parses client messages of graphql-transport-ws (graphql-ws PROTOCOL.md), and lists its close codes. */
import { JsonTooComplex, parseBoundedJson } from '@chat/kit/bounded-json';
import { parseExactly } from '../../supergraph/exact-json';

export const SUBPROTOCOL = 'graphql-transport-ws';

/** The close codes of the protocol, and the WebSocket codes after which clients reconnect. */
export const CloseCode = {
  GoingAway: 1001,
  ServiceRestart: 1012,
  TryAgainLater: 1013,
  BadRequest: 4400,
  Unauthorized: 4401,
  Forbidden: 4403,
  SubprotocolNotAcceptable: 4406,
  ConnectionInitialisationTimeout: 4408,
  SubscriberAlreadyExists: 4409,
  TooManyInitialisationRequests: 4429,
  InternalServerError: 4500,
} as const;

type Params = Record<string, unknown>;

export interface SubscribePayload {
  query: string;
  operationName?: string | null;
  variables?: Params | null;
  extensions?: Params | null;
}

export type ClientMessage =
  | { type: 'connection_init' | 'ping' | 'pong'; payload?: Params | null }
  | { type: 'subscribe'; id: string; payload: SubscribePayload }
  | { type: 'complete'; id: string };

/** @throws an error with a message that fits into the reason of a close frame. */
export function parseMessage(text: string): ClientMessage {
  const message = parseJson(text);
  if (!isObject(message)) throw new Error('A message must be an object');
  switch (message.type) {
    case 'connection_init':
    case 'ping':
    case 'pong':
      if (!isObjectOrNothing(message.payload)) throw new Error(`${message.type}: payload must be an object`);
      break;
    case 'subscribe':
      requireId(message);
      requireOperation(message.payload);
      break;
    case 'complete':
      requireId(message);
      break;
    default:
      throw new Error('Unknown message type');
  }
  return message as unknown as ClientMessage;
}

function parseJson(text: string): unknown {
  try {
    // A variable that is nested too deeply is cut here and refused later, by its operation. The socket stays open.
    return parseBoundedJson(text, 'cut', parseExactly);
  } catch (error) {
    if (error instanceof JsonTooComplex) throw error;
    throw new Error('A message must be JSON');
  }
}

/** Every operation stores its id. */
const MAX_ID_LENGTH = 1_000;

function requireId({ type, id }: Params): void {
  if (typeof id !== 'string' || id === '') throw new Error(`${String(type)}: id must be a non-empty string`);
  if (id.length > MAX_ID_LENGTH)
    throw new Error(`${String(type)}: id must not be longer than ${MAX_ID_LENGTH} characters`);
}

function requireOperation(payload: unknown): void {
  if (!isObject(payload)) throw new Error('subscribe: payload must be an object');
  if (typeof payload.query !== 'string') throw new Error('subscribe: query must be a string');
  if (payload.operationName != null && typeof payload.operationName !== 'string')
    throw new Error('subscribe: operationName must be a string');
  if (!isObjectOrNothing(payload.variables)) throw new Error('subscribe: variables must be an object');
  if (!isObjectOrNothing(payload.extensions)) throw new Error('subscribe: extensions must be an object');
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isObjectOrNothing(value: unknown): boolean {
  return value === undefined || value === null || isObject(value);
}
