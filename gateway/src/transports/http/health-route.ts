/** `/health` (liveness), `/health/ready` (readiness), `/health/detailed` (each component), `/metrics` (Prometheus). */
import type { Registry } from 'prom-client';
import type { Health } from '../../telemetry/health';
import { pathOf, type Route } from './gateway-server';
import { sendJson, sendText } from './respond';

export function healthRoute(health: Health, metrics: Registry): Route {
  return async (request, response) => {
    switch (pathOf(request)) {
      case '/health':
        sendJson(response, 200, { status: 'ok' });
        return true;
      case '/health/ready':
        sendJson(response, health.isDraining ? 503 : 200, { status: health.isDraining ? 'draining' : 'ok' });
        return true;
      case '/health/detailed': {
        const components = await health.check();
        const isOk = !health.isDraining && components.every(({ status }) => status === 'ok');
        sendJson(response, isOk ? 200 : 503, { status: isOk ? 'ok' : 'degraded', components });
        return true;
      }
      case '/metrics':
        sendText(response, 200, metrics.contentType, await metrics.metrics());
        return true;
      default:
        return false;
    }
  };
}
