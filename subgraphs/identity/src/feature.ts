/** The manifest of an identity feature, and the infrastructure that it may use. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import type { AccountRows, Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { AccessNews } from './access/access-news';
import type { AccountSettings } from './accounts/account.settings';
import type { AttemptLimits } from './accounts/attempt-limits';
import type { AuditSettings } from './audit/audit.settings';
import type { IdentityConfig } from './config';
import type { Mailer } from './mail/mailer';
import type { PasswordHasher } from './passwords/password-hasher';

export type IdentitySettings = AccountSettings & AuditSettings;

export interface IdentityParts extends BaseParts<IdentityConfig> {
  access: AccessNews;
  /** Rows of all features that are deleted with an account. */
  accountRows: readonly AccountRows[];
  /** The settings of all features. */
  definitions: IdentitySettings;
  grants: Grants;
  hasher: PasswordHasher;
  limits: AttemptLimits;
  mailer: Mailer;
  settings: LiveSettings;
}

export type IdentityFeature<Shape extends FeatureShape = object> = Feature<IdentityParts, Shape>;
