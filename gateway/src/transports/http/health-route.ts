/** `/health` and the pages that every process has: liveness, readiness, components, and metrics. */
import { jsonPage, probePage, type Probes } from '@chat/kit/telemetry/probe-pages';
import { pathOf, type Route } from './gateway-server';
import { sendText } from './respond';

/** `/health` is the older name of `/health/live`. */
export function healthRoute(probes: Probes): Route {
  return (request, response) => {
    const path = pathOf(request);
    if (!path.startsWith('/health') && path !== '/metrics') return false;
    return respond();

    async function respond(): Promise<boolean> {
      const page = path === '/health' ? jsonPage(200, { status: 'ok' }) : await probePage(path, probes);
      if (page) sendText(response, page.status, page.type, page.text);
      return page !== undefined;
    }
  };
}
