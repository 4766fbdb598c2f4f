/** The short way of messages that need no more than their own rows, by sql/send-plain-messages.sql. See docs/decisions/plain-messages.md. */
import { PreparedStatement, type PoolSource } from '@chat/kit/database/prepared-statement';
import { analysisOf, type MessageDraft } from './message-draft';

interface SentRow {
  draft_id: string;
  seq: number;
  event_seq: number;
  created_at: string;
}

const INSERT = new PreparedStatement<{ sent: SentRow[] | null }>(
  'send-plain-messages',
  'select messaging.send_plain_messages($1) as sent',
);

/** Whether a draft is plain as far as the process knows. */
export const isPlain = ({ isInPlainChannel, ...draft }: MessageDraft): boolean =>
  isInPlainChannel === true &&
  draft.parentId === null &&
  draft.origin === null &&
  draft.addressedIds.length === 0 &&
  !draft.isToEverybody &&
  !draft.isGranted &&
  !draft.text &&
  !draft.attachmentIds?.length &&
  !draft.question;

/** @returns all messages; or undefined if none was written, because one of them is not plain or may not be sent */
export async function insertPlainMessages(
  pool: PoolSource,
  drafts: readonly MessageDraft[],
): Promise<SentRow[] | undefined> {
  const input = drafts.map((draft, ord) => {
    const { id, channelId, authorId, body, mentionedIds, clientMutationId, digest, filterVersion, document } = draft;
    return {
      ...{ ord, id, channelId, authorId, body, mentionedIds, filterVersion, document },
      analysis: analysisOf(draft),
      ...(clientMutationId !== null && { clientMutationId, digest }),
    };
  });
  const [row] = await INSERT.run(pool, [JSON.stringify(input)]);
  return row?.sent ?? undefined;
}
