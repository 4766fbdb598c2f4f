/** Messages: sending, editing, deleting and history. */
import type { QuestionService } from '../assistant/questions/question.service';
import type { MentionService } from '../attention/mentions/mention.service';
import type { ChannelAccessReader } from '../channels/channel-access.reader';
import type { ChannelLoader } from '../channels/channel.loader';
import type { MessagingFeature } from '../feature';
import { attachmentLoader, type AttachmentLoader } from './attachments/attachment.store';
import { TextReader } from './formatting/text.reader';
import { messageEditsLoader, type MessageEditsLoader } from './message-edits.loader';
import { MessageHistoryLoader } from './message-history.loader';
import { MessageHtmlBackfill, STORE_HTML } from './message-html.backfill';
import { storedTextLoader, type StoredTextLoader } from './message-html.store';
import { MessageLoader } from './message.loader';
import { directSend } from './message.direct';
import { messagePolicy } from './message.policy';
import { messageReference } from './message.reference';
import { ChannelMessagesResolver, MessageResolver } from './message.resolver';
import { MessageSender } from './message.sender';
import { MessageService } from './message.service';
import { MessageWriter } from './message.writer';

export const messageFeature: MessagingFeature<{
  needs: { channelAccess: ChannelAccessReader; mentions: MentionService; questions: QuestionService };
  needsLoaders: { channel: ChannelLoader };
  services: {
    texts: TextReader;
    writer: MessageWriter;
    sender: MessageSender;
    messages: MessageService;
    messageHtml: MessageHtmlBackfill;
  };
  loaders: {
    message: MessageLoader;
    history: MessageHistoryLoader;
    edits: MessageEditsLoader;
    attachments: AttachmentLoader;
    text: StoredTextLoader;
  };
}> = {
  name: 'messages',
  resolvers: [ChannelMessagesResolver, MessageResolver],
  references: { Message: messageReference },
  policy: messagePolicy,
  directMutations: () => ({ sendMessage: directSend }),
  services({
    beforeMessage,
    config,
    database,
    disposal,
    eventLog,
    fork,
    jobs,
    log,
    services: { channelAccess, mentions, questions },
  }) {
    const texts = disposal.use(new TextReader());
    const writer = new MessageWriter(() => database.pool(), eventLog);
    return {
      texts,
      writer,
      sender: new MessageSender(
        texts,
        writer,
        mentions,
        questions,
        channelAccess,
        beforeMessage,
        config.MESSAGE_MAX_LENGTH,
      ),
      messages: new MessageService(texts, eventLog, mentions, beforeMessage, config.MESSAGE_MAX_LENGTH),
      messageHtml: new MessageHtmlBackfill(jobs, texts, mentions, fork, log),
    };
  },
  jobs: ({ services }) => ({ tasks: { [STORE_HTML]: services.messageHtml.store } }),
  start: ({ services }) => services.messageHtml.begin(),
  gauges: ({ services }) => [
    {
      name: 'messages_sent_total',
      help: 'Messages that this process has sent, by accounts, bots, webhooks and the assistant.',
      read: () => [{ value: services.writer.sent }],
    },
  ],
  loaders({ em, pool, loaders, parts: { feed, services } }) {
    const message = new MessageLoader(pool, loaders.channel);
    return {
      text: storedTextLoader(em, services.texts),
      message,
      history: new MessageHistoryLoader(em, feed, message),
      edits: messageEditsLoader(em),
      attachments: attachmentLoader(em),
    };
  },
};
