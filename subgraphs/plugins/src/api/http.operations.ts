/**
 * The operation of the API on other hosts: requests that this process sends for a plugin, to hosts that the administrator granted. The
 * sandbox itself has no network. Addresses are checked as for webhooks, at each connection and at each redirect.
 */
import { RefusedUrl, type OutboundHttp } from '@chat/kit/outbound/outbound-http';
import { z } from 'zod';
import { isGranted, type Plugin } from '../registry/plugin';
import { parsed } from './plugin.messages';
import type { Operations } from './plugin.api';

/** Longest response, in bytes. Plugins get text, so this is a bound for their memory as well. */
const MAX_RESPONSE = 1 << 20;
/** Requests of one plugin at the same time. */
const MAX_OPEN = 5;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Headers that the connection sets, or that would tell a proxy on the way something wrong. */
const RESERVED =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|x-forwarded-.*|forwarded|via)$/;

const header = z
  .string()
  .max(8_000)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin text');

const isHeaderName = (name: string): boolean =>
  /^[\w!#$%&'*+.^|~-]{1,100}$/.test(name) && !RESERVED.test(name.toLowerCase());

const question = z.strictObject({
  url: z.string().min(1).max(2_048),
  method: z.enum(METHODS).default('GET'),
  headers: z
    .record(z.string(), header)
    .refine((headers) => Object.keys(headers).every(isHeaderName), 'has a wrong name, or one that the connection sets')
    .default({}),
  body: z
    .string()
    .max(256 << 10)
    .optional(),
});

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export function httpOperations(http: OutboundHttp): Operations {
  const open = new Map<string, number>();
  return {
    'http.fetch': {
      async run({ plugin }, argument): Promise<HttpAnswer> {
        const { url, method, headers, body } = parsed(question, argument);
        if (body !== undefined && (method === 'GET' || method === 'HEAD'))
          throw new Error(`BAD_USER_INPUT: a ${method} request has no body.`);
        if (!URL.canParse(url)) throw new Error('BAD_USER_INPUT: url must be a URL.');
        const count = open.get(plugin.id) ?? 0;
        if (count >= MAX_OPEN) throw new Error(`LIMIT_EXCEEDED: at most ${MAX_OPEN} requests at the same time.`);
        open.set(plugin.id, count + 1);
        try {
          const check = (target: URL) => requireGrant(plugin, target);
          const answer = await http.fetch(url, { method, headers, body, check, maxBytes: MAX_RESPONSE });
          return { status: answer.status, headers: answer.headers, text: answer.body.toString('utf8').toWellFormed() };
        } catch (error) {
          throw told(error);
        } finally {
          const left = open.get(plugin.id)! - 1;
          if (left > 0) open.set(plugin.id, left);
          else open.delete(plugin.id);
        }
      },
    },
  };
}

/** The granted host itself; neither its subdomains nor other spellings of its name. */
function requireGrant(plugin: Plugin, { hostname }: URL): void {
  if (!isGranted(plugin, `network:${hostname}`))
    throw new Error(`FORBIDDEN: the plugin was not granted network:${hostname}.`);
}

/** What a plugin may know of a failure: nothing of the network inside. */
function told(error: unknown): Error {
  const { message, cause } = error as Error;
  if (error instanceof RefusedUrl) return new Error(`REFUSED: ${message}`);
  if (cause instanceof RefusedUrl) return new Error(`REFUSED: ${cause.message}`);
  if (message.startsWith('FORBIDDEN') || message.startsWith('BAD_USER_INPUT')) return error as Error;
  if ((error as Error).name === 'TimeoutError') return new Error('TIMEOUT: the host did not answer in time.');
  return new Error('UNREACHABLE: the host could not be reached.');
}
