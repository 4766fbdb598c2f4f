/** Everything that is derived from a page's text: searchable documents, links and words. Holds no storage. */
import { textDocument } from '@chat/kit/text-analysis/text-document';
import { tokenise } from '@chat/kit/text-analysis/tokens';
import { pageText } from './page.markdown';

/** PostgreSQL limits a `tsvector` to 1 MB; the three documents of a page are stored together as well. */
const MAX_DOCUMENT = 300_000;
/** Words of one page that help to correct misspelt searches. */
const MAX_WORDS = 5000;

export interface PageAnalysis {
  titleDocument: string;
  headingDocument: string;
  bodyDocument: string;
  links: string[];
  words: string[];
}

export function analysePage({ title, body }: { title: string; body: string }): PageAnalysis {
  const text = pageText(body);
  return {
    titleDocument: boundedDocument(title),
    headingDocument: boundedDocument(text.headings),
    bodyDocument: boundedDocument(text.body),
    links: text.links,
    words: wordsOf(`${title}\n${text.headings}\n${text.body}`),
  };
}

/** Leaves out the end of a text if its words do not fit. */
function boundedDocument(text: string): string {
  for (let part = text; ; part = part.slice(0, part.length / 2).toWellFormed()) {
    const document = textDocument(part);
    if (Buffer.byteLength(document) <= MAX_DOCUMENT) return document;
  }
}

function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const { word, kind } of tokenise(text)) {
    const [form] = word.forms;
    if (kind === 'unit' || !form || word.isStop || !/^\p{L}{4,40}$/u.test(form)) continue;
    if (words.add(form).size >= MAX_WORDS) break;
  }
  return [...words];
}
