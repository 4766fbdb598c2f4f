/** Makes the message of an answer, in the name of the assistant. Idempotent: the message has the id of the answer. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import type { EntityManager } from '@chat/kit/database/database';
import type { ActivityBell } from '../../attention/activity/activity-bell';
import type { ChannelAccessReader } from '../../channels/channel-access.reader';
import type { TextReader } from '../../messages/formatting/text.reader';
import { toStore } from '../../messages/message-html.store';
import type { MessageWriter } from '../../messages/message.writer';
import type { AnswerEntity } from './answer.entity';
import { dropText } from './answer.store';

/** Attempts if the channel keeps changing. */
const MAX_ATTEMPTS = 3;

export class AnswerSender {
  constructor(
    private readonly writer: MessageWriter,
    private readonly texts: TextReader,
    private readonly channelAccess: ChannelAccessReader,
    private readonly activity: ActivityBell,
  ) {}

  /** Sends an ended answer, unless it has no text, and announces its end. If the channel refuses the message, the text stays here. */
  async send(em: EntityManager, answer: AnswerEntity): Promise<void> {
    const { id: messageId, channelId, body } = answer;
    if (!answer.isSent && body.trim() !== '') await this.write(em, answer);
    else if (answer.isSent) await dropText(em, messageId);
    this.activity.ring(channelId, { type: 'AssistantToken', messageId, offset: body.length, delta: '', done: true });
  }

  private async write(em: EntityManager, { id, channelId, parentId, body }: AnswerEntity): Promise<void> {
    const [text, document] = [await this.texts.read(body), await this.texts.document(body)];
    for (let attempt = 1, parent = parentId; attempt <= MAX_ATTEMPTS; attempt++) {
      const now = await this.channelAccess.read(ASSISTANT_ID, channelId);
      if (!now) return;
      const outcome = await this.writer.write({
        id,
        channelId,
        authorId: ASSISTANT_ID,
        parentId: parent,
        body,
        document,
        text: toStore(body, text),
        // A provider must not be able to notify everybody.
        mentionedIds: [],
        addressedIds: [],
        isToEverybody: false,
        clientMutationId: `answer:${id}`,
        digest: null,
        // It answers where it is asked, without being a member. A ban or a mute of its account keeps it out.
        isGranted: true,
        isExempt: true,
        filterVersion: now.channel.filterVersion,
        origin: null,
      });
      if ('message' in outcome) return dropText(em, id);
      if (outcome.refusal === 'PARENT') parent = null; // the thread's first message was deleted
    }
  }
}
