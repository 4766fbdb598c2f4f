/** Feature flags and settings of all subgraphs, which administrators change at run time. */
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { settingPolicy } from './setting.policy';
import { SettingResolver } from './setting.resolver';
import { SettingService } from './setting.service';

export const settingFeature: IdentityFeature<{
  needs: { audit: AuditService };
  services: { settings: SettingService };
}> = {
  name: 'settings',
  resolvers: [SettingResolver],
  policy: settingPolicy,
  services: ({ config, definitions, log, redis, settings, services: { audit } }) => ({
    settings: new SettingService(redis, config.REDIS_PREFIX, Object.values(definitions), settings, audit, log),
  }),
};
