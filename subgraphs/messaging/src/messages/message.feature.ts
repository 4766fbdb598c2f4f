/** Messages: sending, editing, deleting and history. */
import type { MentionService } from '../attention/mentions/mention.service';
import type { ChannelAccessReader } from '../channels/channel-access.reader';
import type { ChannelLoader } from '../channels/channel.loader';
import type { MessagingFeature } from '../feature';
import { TextReader } from './formatting/text.reader';
import { messageEditsLoader, type MessageEditsLoader } from './message-edits.loader';
import { MessageHistoryLoader } from './message-history.loader';
import { MessageHtmlBackfill, STORE_HTML } from './message-html.backfill';
import { storedTextLoader, type StoredTextLoader } from './message-html.store';
import { MessageLoader } from './message.loader';
import { messagePolicy } from './message.policy';
import { messageReference } from './message.reference';
import { ChannelMessagesResolver, MessageResolver } from './message.resolver';
import { MessageSender } from './message.sender';
import { MessageService } from './message.service';
import { MessageWriter } from './message.writer';

export const messageFeature: MessagingFeature<{
  needs: { channelAccess: ChannelAccessReader; mentions: MentionService };
  needsLoaders: { channel: ChannelLoader };
  services: { texts: TextReader; sender: MessageSender; messages: MessageService; messageHtml: MessageHtmlBackfill };
  loaders: {
    message: MessageLoader;
    history: MessageHistoryLoader;
    edits: MessageEditsLoader;
    text: StoredTextLoader;
  };
}> = {
  name: 'messages',
  resolvers: [ChannelMessagesResolver, MessageResolver],
  references: { Message: messageReference },
  policy: messagePolicy,
  services({ config, disposal, eventLog, fork, jobs, log, services: { channelAccess, mentions } }) {
    const texts = disposal.use(new TextReader());
    const writer = new MessageWriter(fork, eventLog);
    return {
      texts,
      sender: new MessageSender(texts, writer, mentions, channelAccess, config.MESSAGE_MAX_LENGTH),
      messages: new MessageService(texts, eventLog, mentions, config.MESSAGE_MAX_LENGTH),
      messageHtml: new MessageHtmlBackfill(jobs, texts, mentions, fork, log),
    };
  },
  jobs: ({ services }) => ({ tasks: { [STORE_HTML]: services.messageHtml.store } }),
  start: ({ services }) => services.messageHtml.begin(),
  loaders: ({ em, loaders, parts: { feed, services } }) => ({
    text: storedTextLoader(em, services.texts),
    message: new MessageLoader(em, loaders.channel),
    history: new MessageHistoryLoader(em, (name) => feed.listOf(name)),
    edits: messageEditsLoader(em),
  }),
};
