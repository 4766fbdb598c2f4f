/** Retention: removes messages that a channel keeps for a limited time only, and old events of every stream. */
import type { MessagingFeature } from '../../feature';
import { RetentionService } from './retention.service';

export const retentionFeature: MessagingFeature<{ services: { retention: RetentionService } }> = {
  name: 'retention',
  services: ({ config, eventLog, fork, jobs, log }) => ({
    retention: new RetentionService(eventLog, jobs, fork, log, config.EVENT_RETENTION_DAYS),
  }),
  removeExpired: ({ services }) => services.retention.removeExpired(),
};
