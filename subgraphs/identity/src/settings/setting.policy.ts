/** Flags are no secret; settings may tell an attacker something, so they are for administrators. */
import { allow, withParent, type Policy } from '@chat/kit/graphql/policy';
import { DEMANDS_MANAGE, isAdministrator } from '../roles/role.policy';

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
