/** How acts on channels stand on the audit log. */
import type { AuditAct } from '@chat/identity-client/audit/audit';

/** An act of whoever's request runs. `details` hold ids and small facts, and nothing that was written. */
export const channelAct = (action: string, channelId: string, details: Record<string, unknown> = {}): AuditAct => ({
  action,
  targetType: 'Channel',
  targetId: channelId,
  details,
});
