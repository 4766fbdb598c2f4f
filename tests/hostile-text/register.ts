/**
 * All functions that read clients' text. `register.test.ts` compares this register with the sources, `linear.test.ts` runs its functions
 * over hostile texts. If a file is missing, add it to {@link READERS} with its exports, or to {@link OTHERS} with the reason why no
 * client can make it slow.
 */
import { parseBoundedJson } from '@chat/kit/bounded-json';
import { correlationIdFrom } from '@chat/kit/logging';
import { urlProblem } from '@chat/kit/outbound/public-address';
import { textProblem } from '@chat/kit/graphql/text';
import { nameKey } from '@chat/identity-client/directory/directory';
import { compileAlternative, parseAlternatives, tsqueryOf } from '@chat/kit/text-analysis/text-query';
import { excerptOf } from '@chat/kit/text-analysis/excerpt';
import { foldedForms, normalise } from '@chat/kit/text-analysis/fold';
import { piecesOf } from '@chat/kit/text-analysis/typed-query';
import { textDocument } from '@chat/kit/text-analysis/text-document';
import { tokenise } from '@chat/kit/text-analysis/tokens';
import { needlessInvisible, visibleText } from '@chat/kit/graphql/text-invisible';
import { bearerToken } from '../../gateway/src/auth/authenticator';
import { exactNumber, parseExactly } from '../../gateway/src/supergraph/exact-json';
import { parseMessage } from '../../gateway/src/transports/websocket/message';
import { deliverableAddress, emailKey } from '../../subgraphs/identity/src/users/mail-address';
import { isEmoji } from '../../subgraphs/identity/src/status/status.service';
import { nameSkeleton, usernameProblem } from '../../subgraphs/identity/src/users/username';
import { mentionedNames } from '../../subgraphs/messaging/src/attention/mentions/mention.parser';
import { fromMrkdwn, linkTo, literally } from '../../subgraphs/messaging/src/integrations/incoming-webhooks/mrkdwn';
import { codeSpan } from '../../subgraphs/messaging/src/integrations/incoming-webhooks/mrkdwn';
import { readSlackPayload } from '../../subgraphs/messaging/src/integrations/incoming-webhooks/slack-payload';
import { plainName } from '../../subgraphs/messaging/src/integrations/incoming-webhooks/sender-name';
import { analyseText, plainText } from '../../subgraphs/messaging/src/messages/formatting/message-text';
import { checkBody } from '../../subgraphs/messaging/src/messages/message.body';
import { oneEmoji } from '../../subgraphs/messaging/src/messages/reactions/emoji';
import { plainAnswer } from '../../subgraphs/knowledge/src/answers/plain-answer';
import { readCsv } from '../../subgraphs/knowledge/src/dictionary/glossary/csv';
import { keysOf } from '../../subgraphs/knowledge/src/dictionary/terms/term.keys';
import { pageHtml, pageText } from '../../subgraphs/knowledge/src/wiki/pages/page.markdown';
import { pathOf } from '../../subgraphs/knowledge/src/wiki/pages/page.path';
import { parseSearch } from '../../subgraphs/messaging/src/messages/search/search-query';
import { checkFilteredWords, filterKey } from '../../subgraphs/messaging/src/messages/word-filter';
import { findReferences, parseReference } from '../../subgraphs/messaging/src/messages/formatting/reference-text';

export type Reader = (text: string) => unknown;

const KIT = 'kit/src';
const IDENTITY = 'subgraphs/identity/src';
const MESSAGING = 'subgraphs/messaging/src';
const KNOWLEDGE = 'subgraphs/knowledge/src';

/** As many and as long as a channel may have; no hostile text contains one as a word. */
const filteredWords = Array.from({ length: 500 }, (_, i) =>
  filterKey(`${'quodlibet'.repeat(8)}${'a'.repeat(20)}${i}x`),
);
const blocks = (text: string) => [
  { type: 'section', text: { type: 'plain_text', text } },
  { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] },
  {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text, style: { code: true } }] }],
  },
  { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] },
  { type: 'context', elements: [{ type: 'mrkdwn', text }] },
  { type: 'table', rows: [[{ type: 'raw_text', text }]] },
];

function termsOf(...pieces: string[]) {
  return parseAlternatives(pieces).flatMap((alternative) => compileAlternative(alternative).terms);
}

/** The terms of a long search: words, exact words, a phrase, characters of a script without spaces. */
const TERMS = termsOf('a', 'ab', 'quodlibet', 'tada', '"a b a b"', 'a.b.c', '看', 'é');

export const READERS: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  [`${KIT}/bounded-json.ts`]: {
    'parseBoundedJson of a string': (text) => parseBoundedJson(JSON.stringify({ text })),
    'parseBoundedJson of anything': (text) => parseBoundedJson(text),
    'parseBoundedJson, cutting': (text) => parseBoundedJson(`{"a":${text}}`, 'cut'),
  },
  [`${KIT}/graphql/text.ts`]: {
    'textProblem of one line': (text) => textProblem(text, { max: 1e9 }),
    'textProblem of lines': (text) => textProblem(text, { max: 1e9, multiline: true }),
  },
  [`${KIT}/graphql/text-invisible.ts`]: { needlessInvisible, visibleText },
  [`${KIT}/logging.ts`]: { correlationIdFrom },
  [`${IDENTITY}/status/status.service.ts`]: { isEmoji },
  [`${KIT}/text-analysis/excerpt.ts`]: {
    excerptOf: (text) => excerptOf({ text, terms: TERMS }),
    'excerptOf for its own beginning': (text) =>
      excerptOf({ text, terms: termsOf(`"${text.slice(0, 200)}"`, 'a', '猫') }),
  },
  [`${KIT}/text-analysis/fold.ts`]: { 'normalise, foldedForms': (text) => foldedForms(normalise(text)) },
  [`${KIT}/text-analysis/text-document.ts`]: { textDocument },
  [`${KIT}/text-analysis/text-query.ts`]: {
    'a query of the text': (text) => tsqueryOf(parseAlternatives(piecesOf(text)).map(compileAlternative)),
    'a query of one phrase': (text) => tsqueryOf(parseAlternatives([`"${text}"`]).map(compileAlternative)),
  },
  [`${KIT}/text-analysis/tokens.ts`]: { tokenise },
  [`${KIT}/text-analysis/typed-query.ts`]: { piecesOf },
  ['identity-client/src/directory/directory.ts']: { nameKey },
  ['gateway/src/auth/authenticator.ts']: { bearerToken: (text) => bearerToken(`Bearer ${text}`) },
  ['gateway/src/supergraph/exact-json.ts']: {
    'parseExactly of anything': (text) => parseExactly(text),
    'parseExactly of a number': (text) => parseExactly(`[1${'0'.repeat(text.length)}1]`),
    exactNumber,
  },
  ['gateway/src/transports/websocket/message.ts']: { parseMessage },
  [`${IDENTITY}/users/mail-address.ts`]: { emailKey, deliverableAddress },
  [`${IDENTITY}/users/username.ts`]: { usernameProblem, nameSkeleton },
  [`${MESSAGING}/attention/mentions/mention.parser.ts`]: { mentionedNames: (text) => mentionedNames(text, 1e9) },
  [`${MESSAGING}/integrations/incoming-webhooks/mrkdwn.ts`]: { fromMrkdwn, literally, codeSpan, linkTo },
  [`${MESSAGING}/integrations/incoming-webhooks/sender-name.ts`]: { plainName },
  [`${MESSAGING}/integrations/incoming-webhooks/slack-payload.ts`]: {
    'readSlackPayload, text': (text) => readSlackPayload({ text }),
    'readSlackPayload, blocks': (text) => readSlackPayload({ blocks: blocks(text) }),
    'readSlackPayload, attachments': (text) =>
      readSlackPayload({ attachments: [{ title: text, title_link: text, fields: [{ title: text, value: text }] }] }),
  },
  [`${KIT}/outbound/public-address.ts`]: { urlProblem: (text) => urlProblem(text, () => true) },
  [`${MESSAGING}/messages/formatting/message-text.ts`]: { analyseText, plainText },
  [`${KNOWLEDGE}/answers/plain-answer.ts`]: { plainAnswer },
  [`${KNOWLEDGE}/dictionary/glossary/csv.ts`]: { readCsv },
  [`${KNOWLEDGE}/dictionary/terms/term.keys.ts`]: { keysOf },
  [`${KNOWLEDGE}/wiki/pages/page.markdown.ts`]: { pageHtml, pageText },
  [`${KNOWLEDGE}/wiki/pages/page.path.ts`]: { pathOf },
  [`${MESSAGING}/messages/message.body.ts`]: { checkBody: (text) => checkBody(text, 1e9) },
  [`${MESSAGING}/messages/reactions/emoji.ts`]: { oneEmoji },
  [`${MESSAGING}/messages/search/search-query.ts`]: { parseSearch },
  [`${MESSAGING}/messages/word-filter.ts`]: {
    checkFilteredWords: (text) => checkFilteredWords(text, { id: 'hostile', filterVersion: 0, filteredWords }),
    filterKey,
  },
  [`${MESSAGING}/messages/formatting/reference-text.ts`]: { findReferences, parseReference },
};

const MEASURED_ABOVE = 'measured as a part of message-text.ts';
const MEASURED_PAYLOAD = 'measured as a part of slack-payload.ts';
const OWN = 'reads text that this system has written';

const INSPECTED = 'a process with limits of time and memory reads files, one process a file';
const GATEWAYS = 'reads requests of gateways, of bounded length';

/** Files that read no text of clients, or are measured as a part of another file. */
export const OTHERS: Readonly<Record<string, string>> = {
  [`${KNOWLEDGE}/answers/answer.service.ts`]: 'reads answers of a model, of bounded length',
  [`${KNOWLEDGE}/retrieval/training/data-set.ts`]: 'reads a file of the operator',
  ['subgraphs/plugins/src/hooks/hook.http.ts']: 'reads requests of messaging, of bounded length, after their signature',
  ['subgraphs/plugins/src/webhooks/webhook.http.ts']: 'reads JSON of bounded length, at a limited rate',
  [`${KNOWLEDGE}/dictionary/occurrences/term-finder.worker.ts`]:
    'a thread with a deadline, for texts of bounded length',
  [`${KNOWLEDGE}/wiki/exchange/front-matter.ts`]: 'reads files of the operator',
  [`${KNOWLEDGE}/wiki/exchange/wikitext.ts`]: 'reads a file of the operator',
  [`${KNOWLEDGE}/wiki/pages/evaluate-merge.cli.ts`]: 'reads a file of the operator',
  [`${MESSAGING}/assistant/references/knowledge.client.ts`]:
    'reads answers of the knowledge subgraph, of bounded length',
  ['subgraphs/plugins/src/development/line.ts']: 'reads lines of a developer at a terminal',
  [`${MESSAGING}/messages/formatting/markdown.parser.ts`]: MEASURED_ABOVE,
  [`${MESSAGING}/messages/formatting/bounded-tables.ts`]: MEASURED_ABOVE,
  [`${MESSAGING}/messages/formatting/linear-emoji.ts`]: MEASURED_ABOVE,
  [`${MESSAGING}/messages/formatting/task-list.ts`]: MEASURED_ABOVE,
  [`${MESSAGING}/messages/formatting/safe-html.ts`]: MEASURED_ABOVE,
  [`${MESSAGING}/messages/formatting/word-boundary.ts`]: 'measured as a part of mention.parser.ts and word-filter.ts',
  [`${MESSAGING}/integrations/incoming-webhooks/slack-blocks.ts`]: MEASURED_PAYLOAD,
  [`${MESSAGING}/integrations/incoming-webhooks/rich-text.ts`]: MEASURED_PAYLOAD,
  [`${IDENTITY}/api-keys/api-key.service.ts`]: 'one expression, anchored, of a fixed length',
  [`${IDENTITY}/audit/audit.service.ts`]: OWN,
  [`${IDENTITY}/providers/provider-config.ts`]: 'reads configuration',
  ['kit/src/avatars/moods.ts']: OWN,
  ['kit/src/graphql/request-link.ts']: GATEWAYS,
  ['kit/src/graphql/shared-events.ts']: 'reads events of subgraphs, of bounded length',
  ['kit/src/graphql/subgraph-server.ts']: GATEWAYS,
  ['kit/src/unknown-settings.ts']: 'reads configuration',
  ['kit/src/embedded/redis.ts']: 'reads settings that it has written',
  ['subgraphs/files/src/inspection/content-type.ts']: INSPECTED,
  ['subgraphs/files/src/inspection/inspection.worker.ts']: INSPECTED,
  ['subgraphs/files/src/inspection/inspector.ts']: INSPECTED,
  ['subgraphs/files/src/inspection/photo-facts.ts']: INSPECTED,
  ['subgraphs/files/src/inspection/readers/text.reader.ts']: INSPECTED,
  [`${MESSAGING}/emotion/model/linear-model.ts`]: OWN,
  ['subgraphs/plugins/src/bundles/bundle.ts']: 'reads a manifest of bounded length, from an administrator',
  ['subgraphs/plugins/src/registry/plugin.store.ts']: OWN,
  ['subgraphs/plugins/src/sandbox/host/host.ts']: 'a process with limits of time and memory',
  ['subgraphs/plugins/src/sandbox/host/wasm.worker.ts']: 'a thread of that process, with the same limits',
  ['subgraphs/plugins/src/sandbox/sandbox-host.ts']: 'reads lines of the host process, of bounded length',
  ['subgraphs/plugins/src/sandbox/process-sandbox.ts']: 'reads values of plugins, no longer than their output may be',
  ['subgraphs/plugins/src/storage/plugin.storage.ts']: 'reads values of plugins, no longer than a stored value may be',
  ['subgraphs/rooms/src/avatars/models/gltf-container.ts']: 'a thread with a deadline, with bounded JSON',
  ['subgraphs/rooms/src/occupants/seats.ts']: OWN,
  ['gateway/src/execution/http-service.ts']: 'reads answers of subgraphs, no longer than SUBGRAPH_MAX_BYTES',
  ['gateway/src/execution/response-cache.ts']: OWN,
  ['gateway/src/limits/safelist.ts']: 'reads configuration',
  ['gateway/src/planning/planning.worker.ts']: 'a thread with a deadline; documents are bounded before they reach it',
  ['gateway/src/subscriptions/event-execution.ts']: OWN,
  ['gateway/src/subscriptions/live-operation.ts']: OWN,
  ['gateway/src/transports/sse/stream-handler.ts']: 'reads URLs, no longer than the headers of a request may be',
  ['identity-client/src/access/access-beats.ts']: OWN,
  ['identity-client/src/access/access-changes.ts']: OWN,
  ['identity-client/src/access/role-changes.ts']: OWN,
  ['identity-client/src/presence/connections.ts']: OWN,
  ['identity-client/src/sessions/revocations.ts']: OWN,
  ['identity-client/src/settings/live-settings.ts']: OWN,
  ['kit/src/language-models/ollama.model.ts']: 'reads lines of a provider, no longer than a megabyte each',
  [`${KIT}/auth/signed-urls.ts`]: 'reads claims of our own, after their signature was verified',
  [`${KIT}/auth/viewer-header.ts`]: 'reads a header after its signature',
  [`${KIT}/graphql/cursor.ts`]: 'reads cursors, no longer than an argument of ours',
};
