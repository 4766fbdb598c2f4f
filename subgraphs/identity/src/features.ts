/** All features of the identity subgraph. A feature follows the features that it needs services and loaders from. */
import { defineFeatures } from '@chat/kit/graphql/feature';
import { accountFeature } from './accounts/account.feature';
import { apiKeyFeature } from './api-keys/api-key.feature';
import { auditFeature } from './audit/audit.feature';
import { customRoleFeature } from './custom-roles/custom-role.feature';
import { grantFeature } from './grants/grant.feature';
import { groupFeature } from './groups/group.feature';
import { invitationFeature } from './invitations/invitation.feature';
import { presenceFeature } from './presence/presence.feature';
import { providerFeature } from './providers/provider.feature';
import { roleFeature } from './roles/role.feature';
import { sessionFeature } from './sessions/session.feature';
import { settingFeature } from './settings/setting.feature';
import { statusFeature } from './status/status.feature';
import { userFeature } from './users/user.feature';

export const features = defineFeatures(
  auditFeature,
  userFeature,
  sessionFeature,
  invitationFeature,
  accountFeature,
  apiKeyFeature,
  providerFeature,
  roleFeature,
  customRoleFeature,
  grantFeature,
  groupFeature,
  presenceFeature,
  statusFeature,
  settingFeature,
);
