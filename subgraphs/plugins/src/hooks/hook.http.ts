/** Answers messaging over HTTP if it runs in another process. Refuses requests without the signed header of this installation. */
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { HttpHandler } from '@chat/kit/graphql/feature';
import { text } from 'node:stream/consumers';
import { question, type HookService } from './hook.service';

/** The name of the question, and its path. */
export const BEFORE_MESSAGE = 'before-message';

const MAX_BYTES = 1_000_000;

export const hookHttp =
  (hooks: HookService, viewerHeader: ViewerHeader): HttpHandler =>
  async (request, response) => {
    if (request.url !== `/${BEFORE_MESSAGE}`) return false;
    const respond = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const header = request.headers[VIEWER_HEADER];
    if (viewerHeader.verify(typeof header === 'string' ? header : undefined) === undefined) {
      respond(401, {});
    } else if (request.method !== 'POST' || Number(request.headers['content-length'] ?? Infinity) > MAX_BYTES) {
      respond(400, {});
    } else {
      const { data } = question.safeParse(parsed(await text(request)));
      if (data) respond(200, await hooks.beforeMessage(data));
      else respond(400, {});
    }
    return true;
  };

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
