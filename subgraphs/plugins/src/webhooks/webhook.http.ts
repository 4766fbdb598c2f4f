/** Hands JSON of other systems to a plugin by the secret in the path. Limits sizes and rates, and does not interpret the JSON. */
import { FixedWindowLimiter } from '@chat/kit/fixed-window-limiter';
import type { HttpHandler } from '@chat/kit/graphql/feature';
import { newId } from '@chat/kit/ids';
import { readBody } from '@chat/kit/read-body';
import { createHash } from 'node:crypto';
import type { PluginsParts } from '../feature';
import { isGranted } from '../registry/plugin';

const MAX_BYTES = 256 << 10;
const PER_MINUTE = 120;
/** Headers that a plugin sees. */
const HEADERS = ['content-type', 'user-agent', 'x-github-event', 'x-gitlab-event', 'x-gitea-event', 'x-event'];

export function webhookHttp(path: string, { directory, runtime, redis, config }: PluginsParts): HttpHandler {
  const keyPrefix = `${config.REDIS_PREFIX}plugin-webhooks`;
  const limiter = new FixedWindowLimiter({ keyPrefix, limit: PER_MINUTE, windowSeconds: 60, redis });
  return async (request, response) => {
    const [target = ''] = request.url?.split('?') ?? [];
    if (!target.startsWith(path)) return false;
    const respond = (status: number, message: string) => {
      const body = JSON.stringify(status === 200 ? { ok: true } : { errors: [{ message }] });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
      return true;
    };
    const given = digest(target.slice(path.length));
    const plugin = (await directory.enabled()).find(
      ({ webhookToken }) => webhookToken !== null && digest(webhookToken) === given,
    );
    if (!plugin || !isGranted(plugin, 'webhooks')) return respond(404, 'There is no plugin at this address.');
    if (request.method !== 'POST') return respond(405, 'Use POST.');
    if (!(await limiter.take(plugin.id)).isAllowed) return respond(429, 'Too many requests. Repeat it in a minute.');
    const body = await readBody(request, MAX_BYTES);
    if (body === undefined) return respond(413, `The body has more than ${MAX_BYTES} bytes.`);
    let json: unknown;
    try {
      json = JSON.parse(body.toString());
    } catch {
      return respond(400, 'The body is not JSON.');
    }
    const headers = Object.fromEntries(HEADERS.map((name) => [name, request.headers[name] ?? null]));
    const { end } = await runtime.call(plugin, ['webhook'], { headers, body: json }, { depth: 0, key: newId() });
    return end === 'returned' ? respond(200, '') : respond(502, 'The plugin failed.');
  };
}

/** Compared instead of the secret, so that the time of the comparison tells nothing. */
const digest = (token: string): string => createHash('sha256').update(token).digest('base64');
