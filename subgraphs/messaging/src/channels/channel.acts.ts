/** Audit acts on channels. */
import type { AuditAct } from '@chat/identity-client/audit/audit';

/** An act of the current actor. `details` hold ids and small facts, never text that users wrote. */
export const channelAct = (action: string, channelId: string, details: Record<string, unknown> = {}): AuditAct => ({
  action,
  targetType: 'Channel',
  targetId: channelId,
  details,
});
