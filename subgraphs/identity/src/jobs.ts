/** Work that this subgraph does later: mails, acts of other subgraphs for the audit log, and forgetting what and who has had their time. */
import { AUDIT_TASK, type RecordedAct } from '@chat/identity-client/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import type { JobTask } from '@chat/kit/jobs/jobs';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { createHash } from 'node:crypto';
import { RESET_MAIL_TASK } from './accounts/password.service';
import { SYSTEM } from './audit/actor';
import type { AuditService } from './audit/audit.service';
import type { IdentityServices } from './context';
import type { IdentitySettings } from './settings/definitions';

/** The nightly job. */
export const FORGET_TASK = 'forget-what-is-over';

/** When (UTC), in crontab's manner: once a night. */
export const JOB_SCHEDULE = [`17 3 * * * ${FORGET_TASK}`];

const DAY_MS = 86_400_000;
/** How long ended sessions stay in the table, in days, for whoever looks into an incident. */
const KEEP_SESSIONS_DAYS = 30;

export function identityJobs(
  fork: () => EntityManager,
  services: IdentityServices,
  settings: LiveSettings,
  definitions: IdentitySettings,
): Record<string, JobTask> {
  return {
    [RESET_MAIL_TASK]: (payload: { emailKey: string }) => services.passwords.mailPasswordReset(fork(), payload),
    // A job that is repeated after a crash must not put its act on the log twice, so its id makes the act's.
    [AUDIT_TASK]: (act: RecordedAct, { id }) =>
      fork().transactional((tx) => services.audit.append(tx, act, idOfJob(id, act.at))),
    [FORGET_TASK]: async () => {
      const em = fork();
      const guestDays = settings.get(definitions.guestRetentionDays);
      if (guestDays > 0) await services.guests.removeGuests(em, daysAgo(guestDays));
      const auditDays = settings.get(definitions.auditRetentionDays);
      if (auditDays > 0) await forgetActs(em, services.audit, daysAgo(auditDays));
      const before = daysAgo(KEEP_SESSIONS_DAYS);
      await em.execute('delete from identity.sessions where revoked_at < ? or expires_at < ?', [before, before]);
      await em.execute('delete from identity.password_resets where expires_at < now()');
      await em.execute('delete from identity.provider_logins where expires_at < now()');
    },
  };
}

/** That something was forgotten, and how much, stays on the log. */
async function forgetActs(em: EntityManager, audit: AuditService, before: Date): Promise<void> {
  const count = await audit.forgetBefore(em, before);
  if (count === 0) return;
  await em.transactional((tx) => audit.record(tx, SYSTEM, 'audit.forget', undefined, { before, count }));
}

const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

function idOfJob(id: string, at: string): string {
  const hex = createHash('sha256').update(`${id} ${at}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
