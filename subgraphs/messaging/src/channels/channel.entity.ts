/**
 * Channels as rows, not as MikroORM entities: nearly every request reads one together with a membership (channel-access.reader.ts), and
 * sending moves the counters in SQL. Read only here.
 */
import { registerEnumType } from 'type-graphql';

export enum ChannelType {
  PUBLIC = 'PUBLIC',
  PRIVATE = 'PRIVATE',
  DIRECT = 'DIRECT',
}

registerEnumType(ChannelType, {
  name: 'ChannelType',
  description: 'Visibility and admission of a channel.',
  valuesConfig: {
    PUBLIC: { description: 'All accounts can find, read and join it.' },
    PRIVATE: { description: 'Visible to members only; owners and moderators add members.' },
    DIRECT: { description: 'A conversation of a fixed set of accounts; each set has one.' },
  },
});

/** The columns of {@link ChannelRow} except `event_seq`, for the alias `c`. */
export const OWN_CHANNEL_COLUMNS = `c.id, c.type, c.name, c.topic, c.slow_mode_seconds, c.retention_days, c.filtered_words,
  c.filter_version, c.open_to_guests, c.suggests_reactions, c.open_to_retrieval, c.member_count, c.last_seq, c.first_seq, c.created_by,
  c.created_at, c.archived_at, c.last_activity_at`;

/** The columns of {@link ChannelRow}, for the alias `c`. */
export const CHANNEL_COLUMNS = `${OWN_CHANNEL_COLUMNS},
  coalesce((select s.last_seq from messaging.event_stream s where s.stream = 'channel:' || c.id), 0) as event_seq`;

export interface ChannelRow {
  id: string;
  type: ChannelType;
  name: string | null;
  topic: string | null;
  slow_mode_seconds: number;
  retention_days: number | null;
  filtered_words: string[];
  filter_version: number;
  open_to_guests: boolean;
  suggests_reactions: boolean;
  open_to_retrieval: boolean;
  member_count: number;
  last_seq: string;
  first_seq: string;
  created_by: string | null;
  created_at: string;
  archived_at: string | null;
  last_activity_at: string;
  event_seq: string;
}

export interface ChannelEntity {
  id: string;
  type: ChannelType;
  /** Null for direct channels. */
  name: string | null;
  topic: string | null;
  slowModeSeconds: number;
  retentionDays: number | null;
  /** Lower case. */
  filteredWords: string[];
  /** Incremented when the filtered words change. */
  filterVersion: number;
  /** Whether guests may join; only public channels can be open to them. */
  openToGuests: boolean;
  /** Whether messages carry suggested reactions. */
  suggestsReactions: boolean;
  /** Whether the knowledge subgraph retrieves its messages; never for direct channels. */
  openToRetrieval: boolean;
  memberCount: number;
  /** `seq` of the newest message; 0 before the first. */
  lastSeq: number;
  /** `seq` of the oldest message that retention has kept. */
  firstSeq: number;
  /** Null for the installation's own channel, which needs no owner. */
  createdBy: string | null;
  createdAt: Date;
  /** Null unless the channel is archived. */
  archivedAt: Date | null;
  /** Time of the latest message, or of the creation before the first one. */
  lastActivityAt: Date;
  /** `seq` of the last event in the channel's stream. */
  eventSeq: number;
}

export const toChannel = (row: ChannelRow): ChannelEntity => ({
  id: row.id,
  type: row.type,
  name: row.name,
  topic: row.topic,
  slowModeSeconds: row.slow_mode_seconds,
  retentionDays: row.retention_days,
  filteredWords: row.filtered_words,
  filterVersion: row.filter_version,
  openToGuests: row.open_to_guests,
  suggestsReactions: row.suggests_reactions,
  openToRetrieval: row.open_to_retrieval,
  memberCount: row.member_count,
  lastSeq: Number(row.last_seq),
  firstSeq: Number(row.first_seq),
  createdBy: row.created_by,
  createdAt: new Date(row.created_at),
  archivedAt: row.archived_at === null ? null : new Date(row.archived_at),
  lastActivityAt: new Date(row.last_activity_at),
  eventSeq: Number(row.event_seq),
});
