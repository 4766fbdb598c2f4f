/** What operators watch of subscriptions, for Prometheus. */
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

/** Registers them; a registry takes them once. */
export function subscriptionMetrics(registry: Registry): SubscriptionMetrics {
  const registers = [registry];
  return {
    connections: new Gauge({
      name: 'gateway_live_connections',
      help: 'Open connections that can hold subscriptions.',
      labelNames: ['transport'],
      registers,
    }),
    subscriptions: new Gauge({ name: 'gateway_subscriptions', help: 'Subscriptions that are open.', registers }),
    ended: new Counter({
      name: 'gateway_subscriptions_ended_total',
      help: 'Subscriptions that have ended, by why.',
      labelNames: ['reason'],
      registers,
    }),
    upstreams: new Gauge({
      name: 'gateway_subscription_upstreams',
      help: 'Streams that are open to subgraphs.',
      registers,
    }),
    upstreamLosses: new Counter({
      name: 'gateway_subscription_upstream_losses_total',
      help: 'Times that a stream to a subgraph was lost or could not be started.',
      registers,
    }),
    events: new Counter({ name: 'gateway_subscription_events_total', help: 'Events that were executed.', registers }),
    deliveries: new Counter({
      name: 'gateway_subscription_deliveries_total',
      help: 'Results handed to subscribers; divided by events this is the fan-out.',
      registers,
    }),
    queueDepth: new Histogram({
      name: 'gateway_subscription_queue_depth',
      help: 'Results that wait for a connection that is not keeping up, seen at each attempt to write.',
      buckets: [1, 4, 16, 64, 256, 1024],
      registers,
    }),
    slowConsumers: new Counter({
      name: 'gateway_slow_consumers_total',
      help: 'Subscriptions that were ended because their client read too slowly.',
      registers,
    }),
  };
}
