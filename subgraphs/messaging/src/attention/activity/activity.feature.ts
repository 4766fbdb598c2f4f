/** Activity: typing and read positions, heard live and not stored here. */
import type { MessagingFeature } from '../../feature';
import { ActivityBell } from './activity-bell';
import { activityPolicy } from './activity.policy';
import { ActivityResolver } from './activity.resolver';

export const activityFeature: MessagingFeature<{ services: { activity: ActivityBell } }> = {
  name: 'activity',
  resolvers: [ActivityResolver],
  policy: activityPolicy,
  services: ({ bell, log }) => ({ activity: new ActivityBell(bell, log) }),
};
