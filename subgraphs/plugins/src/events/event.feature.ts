/** Events and schedules: everything that the feature brings to its subgraph. */
import type { PluginsFeature } from '../feature';
import { byPlugin } from '../registry/plugin.metrics';
import { DELIVER_EVENTS, DISPATCH_EVENT, EventDelivery, FOLLOW_EVENTS } from './event.delivery';
import { PluginSchedules, RUN_SCHEDULES } from './event.schedules';

export const eventFeature: PluginsFeature<{ services: { delivery: EventDelivery; schedules: PluginSchedules } }> = {
  name: 'events',
  services: (parts) => ({
    delivery: new EventDelivery(parts),
    schedules: new PluginSchedules(parts.fork, parts.directory, parts.runtime),
  }),
  jobs: ({ services: { delivery, schedules } }) => ({
    tasks: {
      [DISPATCH_EVENT]: delivery.dispatch,
      [DELIVER_EVENTS]: delivery.deliver,
      [FOLLOW_EVENTS]: delivery.follow,
      [RUN_SCHEDULES]: schedules.run,
    },
    cron: [`* * * * * ${FOLLOW_EVENTS}`, `* * * * * ${RUN_SCHEDULES}`],
  }),
  gauges: ({ fork }) => [
    {
      name: 'plugin_deliveries_waiting',
      help: 'Events that wait for each plugin.',
      labels: ['plugin'],
      read: () => byPlugin(fork(), 'select plugin_id, count(*) from plugins.deliveries group by 1'),
    },
  ],
  removeExpired: ({ services }) => services.schedules.removeExpired(),
};
