/** The audit log: acts of all subgraphs, chained by hashes. */
import { AUDIT_TASK, type RecordedAct } from '@chat/identity-client/audit/audit';
import { daysAgo } from '@chat/kit/days-ago';
import type { EntityManager } from '@chat/kit/database/database';
import { createHash } from 'node:crypto';
import type { IdentityFeature } from '../feature';
import { AuditActEntity } from './audit-act.entity';
import { auditPolicy } from './audit.policy';
import { AuditResolver } from './audit.resolver';
import { AuditService } from './audit.service';
import { auditSettings } from './audit.settings';

export const auditFeature: IdentityFeature<{ services: { audit: AuditService } }> = {
  name: 'audit',
  entities: [AuditActEntity],
  resolvers: [AuditResolver],
  policy: auditPolicy,
  replicaReads: ['auditLog'],
  settings: auditSettings,
  services: () => ({ audit: new AuditService() }),
  jobs: ({ fork, services: { audit } }) => ({
    tasks: {
      // A job may run twice, so the act's id is derived from the job's id.
      [AUDIT_TASK]: (act: RecordedAct, { id }) =>
        fork().transactional((tx) => audit.append(tx, act, idOfJob(id, act.at))),
    },
  }),
  async removeExpired({ fork, settings, definitions, services: { audit } }) {
    const days = settings.get(definitions.auditRetentionDays);
    if (days > 0) await forgetActs(fork(), audit, daysAgo(days));
  },
};

/** Deletes old acts and records their number. */
async function forgetActs(em: EntityManager, audit: AuditService, before: Date): Promise<void> {
  const count = await audit.forgetBefore(em, before);
  if (count === 0) return;
  await em.transactional((tx) => audit.record(tx, { action: 'audit.forget', details: { before, count } }));
}

function idOfJob(id: string, at: string): string {
  const hex = createHash('sha256').update(`${id} ${at}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
