/** Access to settings: administrators only, because they may help an attacker. Flags are public. */
import { allow, withParent, type Policy } from '@chat/kit/graphql/policy';
import { DEMANDS_MANAGE, isAdministrator } from '../permissions/permission.policy';

export const settingPolicy: Policy = {
  fields: {
    Query: { featureFlags: allow, settings: isAdministrator },
    Mutation: { setFeatureFlag: isAdministrator, updateSetting: isAdministrator },
    FeatureFlag: withParent('key', 'enabled', 'description'),
    Setting: withParent('key', 'value', 'defaultValue', 'type', 'description'),
  },
  withoutWrite: {
    setFeatureFlag: DEMANDS_MANAGE,
    updateSetting: DEMANDS_MANAGE,
  },
  references: {},
};
