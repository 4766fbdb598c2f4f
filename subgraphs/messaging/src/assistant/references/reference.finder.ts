/**
 * Finds references for the asker of a question. The answer is a message in a channel, so it never quotes a page that only the asker may
 * read, unless nobody else reads the channel.
 */
import { absentViewer } from '@chat/identity-client/directory/absent-viewer';
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import type { FindReferences, Reference } from '@chat/kit/language-models/language-model';
import { isStopWord } from '@chat/kit/text-analysis/stop-words';
import { ChannelType, type ChannelEntity } from '../../channels/channel.entity';
import type { KnowledgeClient, Known, KnownTerm, Topic } from './knowledge.client';
import { passageAbout } from './page-passage';

/** Pages of one answer. */
const MAX_PAGES = 2;
/** Words of a topic; a longer text is no topic. */
const MAX_WORDS = 12;
/** Characters of a topic. */
const MAX_LENGTH = 100;

export interface Asker {
  accountId: string;
  /** The API key with which it asked; null without one. */
  keyId: string | null;
}

export class ReferenceFinder {
  constructor(
    private readonly fork: () => EntityManager,
    private readonly knowledge: KnowledgeClient,
  ) {}

  /** Looks up with the asker's permissions of the moment of the lookup. */
  for(asker: Asker, channel: ChannelEntity): FindReferences {
    return async (text, language, signal) => {
      const topic = topicOf(text, language);
      if (!topic) return [];
      const viewer = await absentViewer(this.fork(), asker.accountId, asker.keyId);
      if (!viewer) return [];
      const known = await this.knowledge.find(viewer, topic, signal);
      const pages = known.pages.length === 0 ? [] : await this.shown(known, viewer, channel, topic, signal);
      return [
        ...(known.term ? [referenceTo(known.term)] : []),
        ...pages.slice(0, MAX_PAGES).map(({ title, slug, body }): Reference => {
          return { kind: 'PAGE', title, path: slug, text: passageAbout(body, topic.words) };
        }),
      ];
    };
  }

  /** The pages that may be quoted in the channel, those in the language of the question first. */
  private async shown({ pages }: Known, viewer: Viewer, channel: ChannelEntity, topic: Topic, signal: AbortSignal) {
    const inLanguage = ({ locale }: { locale: string }) => Number(locale.split('-')[0] === topic.language);
    const sorted = pages.toSorted((a, b) => inLanguage(b) - inLanguage(a));
    if (await this.isAlone(viewer.id, channel)) return sorted;
    const readable = new Set((await this.knowledge.find(anyMember(), topic, signal)).pages.map(({ id }) => id));
    return sorted.filter(({ id }) => readable.has(id));
  }

  /** Whether nobody but the asker and the assistant reads the channel. */
  private async isAlone(accountId: string, { id, type }: ChannelEntity): Promise<boolean> {
    if (type === ChannelType.PUBLIC) return false;
    const others = await this.fork().execute<unknown[]>(
      `select 1 from messaging.members where channel_id = ? and state = 'JOINED' and user_id not in (?) limit 1`,
      [id, [accountId, ASSISTANT_ID]],
    );
    return others.length === 0;
  }
}

/**
 * The assistant with the rights of an ordinary member, for the pages that every member may read. Its account has no role of its own; a
 * grant on a page counts.
 */
const anyMember = (): Viewer => ({
  id: ASSISTANT_ID,
  sessionId: ASSISTANT_ID,
  roles: ['USER'],
  permissions: ['READ'],
  expiresAt: Math.floor(Date.now() / 1000) + 60,
});

/** Undefined if the text is no topic. */
function topicOf(text: string, language: string): Topic | undefined {
  const term = text.trim();
  const words = (term.normalize('NFC').match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []).map((word) =>
    word.toLowerCase(),
  );
  if (words.length === 0 || words.length > MAX_WORDS || term.length > MAX_LENGTH) return undefined;
  const isAcronym = /^\p{Lu}[\p{Lu}\p{N}]+$/u.test(term);
  const telling = words.filter((word) => !isStopWord(word));
  if (telling.length === 0 && !isAcronym) return undefined;
  return { term, language, words: telling };
}

function referenceTo({ term, definition, usageNote, status, replacement }: KnownTerm): Reference {
  const isDeprecated = status === 'DEPRECATED';
  const notes = [usageNote, isDeprecated && replacement && `→ **${replacement.term}**`].filter(Boolean);
  return { kind: 'DEFINITION', title: term, text: [definition, ...notes].join(' ') };
}
