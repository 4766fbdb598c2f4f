/** Prometheus metrics of subscriptions. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface SubscriptionMetrics {
  readonly connections: Gauge<'transport'>;
  readonly subscriptions: Gauge;
  readonly ended: Counter<'reason'>;
  readonly upstreams: Gauge;
  readonly upstreamLosses: Counter;
  readonly events: Counter;
  readonly deliveries: Counter;
  readonly queueDepth: Histogram;
  readonly slowConsumers: Counter;
}

/** Registers the metrics. Call it once per registry. */
export function subscriptionMetrics(registry: Registry): SubscriptionMetrics {
  const registers = [registry];
  return {
    connections: new Gauge({
      name: 'gateway_live_connections',
      help: 'Open connections that can hold subscriptions.',
      labelNames: ['transport'],
      registers,
    }),
    subscriptions: new Gauge({ name: 'gateway_subscriptions', help: 'Open subscriptions.', registers }),
    ended: new Counter({
      name: 'gateway_subscriptions_ended_total',
      help: 'Ended subscriptions, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    upstreams: new Gauge({
      name: 'gateway_subscription_upstreams',
      help: 'Open streams from subgraphs.',
      registers,
    }),
    upstreamLosses: new Counter({
      name: 'gateway_subscription_upstream_losses_total',
      help: 'Streams from subgraphs that were lost or could not be started.',
      registers,
    }),
    events: new Counter({ name: 'gateway_subscription_events_total', help: 'Executed events.', registers }),
    deliveries: new Counter({
      name: 'gateway_subscription_deliveries_total',
      help: 'Results delivered to subscribers; divided by events, the fan-out.',
      registers,
    }),
    queueDepth: new Histogram({
      name: 'gateway_subscription_queue_depth',
      help: 'Queue length of connections that are not keeping up, observed at each attempt to write.',
      buckets: [1, 4, 16, 64, 256, 1024],
      registers,
    }),
    slowConsumers: new Counter({
      name: 'gateway_slow_consumers_total',
      help: 'Subscriptions ended because the client read too slowly.',
      registers,
    }),
  };
}
