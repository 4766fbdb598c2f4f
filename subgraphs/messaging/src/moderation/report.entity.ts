/** Reports as rows, not as MikroORM entities: the moderators' queue is one SQL statement over the channels of its reader. */
import { registerEnumType } from 'type-graphql';

export enum ReportState {
  OPEN = 'OPEN',
  DISMISSED = 'DISMISSED',
  MESSAGE_DELETED = 'MESSAGE_DELETED',
  AUTHOR_MUTED = 'AUTHOR_MUTED',
}

registerEnumType(ReportState, {
  name: 'ReportState',
  description: 'State of a report.',
  valuesConfig: {
    OPEN: { description: 'Waiting for a moderator.' },
    DISMISSED: { description: 'Resolved without action.' },
    MESSAGE_DELETED: { description: 'The message was deleted.' },
    AUTHOR_MUTED: { description: 'The author was muted in the channel for a day.' },
  },
});

export interface ReportEntity {
  id: string;
  messageId: string;
  channelId: string;
  reporter: { id: string };
  reason: string;
  state: ReportState;
  createdAt: Date;
  resolvedAt: Date | null;
}

export interface ReportRow {
  id: string;
  message_id: string;
  channel_id: string;
  reporter_id: string;
  reason: string;
  state: ReportState;
  created_at: string;
  resolved_at: string | null;
}

export const toReport = (row: ReportRow): ReportEntity => ({
  id: row.id,
  messageId: row.message_id,
  channelId: row.channel_id,
  reporter: { id: row.reporter_id },
  reason: row.reason,
  state: row.state,
  createdAt: new Date(row.created_at),
  resolvedAt: row.resolved_at === null ? null : new Date(row.resolved_at),
});
