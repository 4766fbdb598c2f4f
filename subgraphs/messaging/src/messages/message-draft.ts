/** The content of a new message, and the facts about its author and channel. */
import { TEXT_ANALYSIS_VERSION } from '@chat/kit/text-analysis/text-document';
import type { Question } from '../assistant/questions/question';
import type { StoredText } from './message-html.store';

/**
 * How a message is sent in its author's name; null if the author sends it. Only the author's own sending reads the channel, and only
 * a webhook's message can mention its author.
 */
export type MessageOrigin = 'SCHEDULE' | 'WEBHOOK' | null;

/** A message that has passed every check, and the facts that are checked again under the lock. */
export interface MessageDraft {
  id: string;
  channelId: string;
  authorId: string;
  parentId: string | null;
  body: string;
  /** Its search document (`tsvector`) by the current text analysis; undefined if a job makes it later. */
  document?: string;
  /** Its rendered text; undefined if it is cheap to render again. */
  text?: StoredText;
  /** Attached files, in their order. */
  attachmentIds?: readonly string[];
  /** Mentioned accounts. */
  mentionedIds: string[];
  /** Accounts that are notified if they are members, without duplicates. */
  addressedIds: string[];
  /** Notifies all members instead. */
  isToEverybody: boolean;
  clientMutationId: string | null;
  /** Digest of the values that a repetition must not change. */
  digest: string | null;
  /** Whether a grant allows the author to write without being a member. */
  isGranted: boolean;
  /** Whether the author is exempt from slow mode. */
  isExempt: boolean;
  /** The version of the filtered words that the body was checked against. */
  filterVersion: number;
  origin: MessageOrigin;
  /** Whether the channel is neither direct nor in slow mode, as far as is known. */
  isInPlainChannel?: boolean;
  /** The question that it puts to the assistant. */
  question?: Question | null;
}

/** The version of the text analysis that made the search document; 0 if a job makes it later. */
export const analysisOf = ({ document }: MessageDraft): number => (document === undefined ? 0 : TEXT_ANALYSIS_VERSION);
