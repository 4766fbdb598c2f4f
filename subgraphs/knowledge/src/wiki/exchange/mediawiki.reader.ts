/**
 * Reads a MediaWiki XML dump (`export-0.x`) page by page, in memory that one page needs. Keeps the latest revisions of each page. Resolves no
 * external entities and no DTD. Converts nothing; see wikitext.ts.
 */
import { SaxesParser } from 'saxes';

export interface DumpPage {
  title: string;
  namespace: number;
  /** The title of the target if the page is a redirect. */
  redirect: string | undefined;
  latest: DumpRevision;
  /** Those before the latest one, oldest first. */
  earlier: DumpRevision[];
  /** Earlier revisions in the dump beyond those that were to be kept. */
  left: number;
  /** All contributors of the revisions in the dump; deleted names are absent. */
  contributors: string[];
}

export interface DumpRevision {
  id: number;
  /** Undefined if the dump leaves the text out. */
  text: string | undefined;
  /** `wikitext` for pages. */
  model: string;
  /** Undefined if the name is deleted. */
  author: string | undefined;
  /** Undefined if there is none, or if it is deleted. */
  comment: string | undefined;
  /** Undefined if it is no time. */
  at: Date | undefined;
}

export interface DumpSite {
  /** The language of the wiki; undefined if the dump does not tell. */
  locale: string | undefined;
  /** Names by number; the main namespace is empty. */
  namespaces: Map<number, string>;
}

/** The texts of the kept revisions of one page together, in UTF-16 units. The latest one is always kept. */
const MAX_KEPT_TEXT = 64 << 20;

const noRevision = (): DumpRevision => ({
  ...{ id: 0, text: undefined, model: 'wikitext' },
  ...{ author: undefined, comment: undefined, at: undefined },
});

const REDIRECT = /^\s*#[\p{L}]{4,30}\s*(?::\s*)?\[\[([^[\]|#\n]{1,300})/u;

/**
 * @param maxRevisions the revisions of a page that are kept, the latest ones
 * @throws Error if the XML is malformed or is no dump
 */
export async function* readDump(
  chunks: AsyncIterable<Buffer | string>,
  site: DumpSite = { locale: undefined, namespaces: new Map() },
  maxRevisions = 1,
): AsyncGenerator<DumpPage> {
  const parser = new SaxesParser();
  const path: string[] = [];
  const ready: DumpPage[] = [];
  let text = '';
  let page: Pick<DumpPage, 'title' | 'namespace' | 'redirect'> | undefined;
  let revision: DumpRevision | undefined;
  let kept = new LatestRevisions(maxRevisions);
  let namespaceKey: number | undefined;
  let contributors = new Set<string>();
  parser.on('error', (error) => {
    throw new Error(`The dump is no well-formed XML: ${error.message}`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (path.length === 0) {
      if (name !== 'mediawiki') throw new Error('The file is no MediaWiki dump: its root is not <mediawiki>.');
      site.locale = attributes['xml:lang'];
    }
    path.push(name);
    text = '';
    if (name === 'page') {
      page = { title: '', namespace: 0, redirect: undefined };
      kept = new LatestRevisions(maxRevisions);
      contributors = new Set();
    } else if (name === 'redirect' && page) page.redirect = attributes['title'];
    else if (name === 'revision') revision = noRevision();
    else if (name === 'text' && revision && attributes['deleted'] === undefined) revision.text = '';
    else if (name === 'namespace') namespaceKey = Number(attributes['key']);
  });
  const add = (part: string) => (text += part);
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', ({ name }) => {
    path.pop();
    const parent = path.at(-1);
    if (name === 'namespace' && namespaceKey !== undefined) site.namespaces.set(namespaceKey, text);
    else if (name === 'title' && parent === 'page') page!.title = text;
    else if (name === 'ns' && parent === 'page') page!.namespace = Number(text);
    else if (name === 'id' && parent === 'revision') revision!.id = Number(text);
    else if (name === 'model' && parent === 'revision') revision!.model = text;
    else if (name === 'comment' && parent === 'revision') revision!.comment = text || undefined;
    else if (name === 'timestamp' && parent === 'revision') revision!.at = timeOf(text);
    else if (name === 'text' && parent === 'revision' && revision!.text !== undefined) revision!.text = text;
    else if ((name === 'username' || name === 'ip') && parent === 'contributor' && revision && text !== '') {
      revision.author = text;
      contributors.add(text);
    } else if (name === 'revision' && revision) {
      kept.add(revision);
      revision = undefined;
    } else if (name === 'page' && page) {
      const { earlier, latest = noRevision(), left } = kept.end();
      const redirect = page.redirect ?? (latest.text === undefined ? undefined : REDIRECT.exec(latest.text)?.[1]);
      ready.push({ ...page, redirect, latest, earlier, left, contributors: [...contributors] });
      page = undefined;
    }
    text = '';
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) {
    parser.write(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
  }
  parser.close();
  yield* ready.splice(0);
}

/** The latest revisions of a page. A dump has them in any order; of two with one number, the later one counts. */
class LatestRevisions {
  private readonly revisions: DumpRevision[] = [];
  private length = 0;
  private left = 0;

  constructor(private readonly most: number) {}

  add(revision: DumpRevision): void {
    let at = this.revisions.length;
    while (at > 0 && this.revisions[at - 1]!.id > revision.id) at--;
    this.revisions.splice(at, 0, revision);
    this.length += revision.text?.length ?? 0;
    while (this.revisions.length > 1 && (this.revisions.length > this.most || this.length > MAX_KEPT_TEXT)) {
      this.length -= this.revisions.shift()!.text?.length ?? 0;
      this.left++;
    }
  }

  end(): { earlier: DumpRevision[]; latest: DumpRevision | undefined; left: number } {
    return { earlier: this.revisions.slice(0, -1), latest: this.revisions.at(-1), left: this.left };
  }
}

function timeOf(text: string): Date | undefined {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
