/** Invitations: expiring links with which people register, for installations without open registration. */
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { InvitationEntity } from './invitation.entity';
import { invitationPolicy } from './invitation.policy';
import { InvitationResolver } from './invitation.resolver';
import { INVITATION_MAIL_TASK, InvitationService } from './invitation.service';

export const invitationFeature: IdentityFeature<{
  needs: { audit: AuditService };
  services: { invitations: InvitationService };
}> = {
  name: 'invitations',
  entities: [InvitationEntity],
  resolvers: [InvitationResolver],
  policy: invitationPolicy,
  services: ({ config, jobs, limits, services: { audit } }) => ({
    invitations: new InvitationService({ audit, jobs, limits, publicUrl: config.PUBLIC_URL.replace(/\/$/, '') }),
  }),
  jobs: ({ fork, mailer, services: { invitations } }) => ({
    tasks: { [INVITATION_MAIL_TASK]: (payload: { id: string }) => invitations.mailInvitation(fork(), payload, mailer) },
  }),
  async removeExpired({ fork }) {
    await fork().execute(`delete from identity.invitations where expires_at < now() - interval '90 days'`);
  },
};
