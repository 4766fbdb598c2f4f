/**
 * Reads a MediaWiki XML dump (`export-0.x`) page by page, in memory that one page needs. Keeps the latest revision of each page. Resolves no
 * external entities and no DTD. Converts nothing; see wikitext.ts.
 */
import { SaxesParser } from 'saxes';

export interface DumpPage {
  title: string;
  namespace: number;
  /** The title of the target if the page is a redirect. */
  redirect: string | undefined;
  /** Undefined if the dump leaves the text out. */
  text: string | undefined;
  /** `wikitext` for pages. */
  model: string;
  /** The revision's number. */
  revision: number;
  /** All contributors of the revisions in the dump; deleted names are absent. */
  contributors: string[];
  /** The contributor of the latest revision. */
  author: string | undefined;
}

export interface DumpSite {
  /** The language of the wiki; undefined if the dump does not tell. */
  locale: string | undefined;
  /** Names by number; the main namespace is empty. */
  namespaces: Map<number, string>;
}

interface Revision {
  id: number;
  text: string | undefined;
  model: string;
  author: string | undefined;
}

const REDIRECT = /^\s*#[\p{L}]{4,30}\s*(?::\s*)?\[\[([^[\]|#\n]{1,300})/u;

/** @throws Error if the XML is malformed or is no dump */
export async function* readDump(
  chunks: AsyncIterable<Buffer | string>,
  site: DumpSite = { locale: undefined, namespaces: new Map() },
): AsyncGenerator<DumpPage> {
  const parser = new SaxesParser();
  const path: string[] = [];
  const ready: DumpPage[] = [];
  let text = '';
  let page: DumpPage | undefined;
  let revision: Revision | undefined;
  let latest: Revision | undefined;
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
      page = {
        title: '',
        namespace: 0,
        redirect: undefined,
        text: undefined,
        model: 'wikitext',
        revision: 0,
        contributors: [],
        author: undefined,
      };
      latest = undefined;
      contributors = new Set();
    } else if (name === 'redirect' && page) page.redirect = attributes['title'];
    else if (name === 'revision') revision = { id: 0, text: undefined, model: 'wikitext', author: undefined };
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
    else if (name === 'text' && parent === 'revision' && revision!.text !== undefined) revision!.text = text;
    else if ((name === 'username' || name === 'ip') && parent === 'contributor' && revision && text !== '') {
      revision.author = text;
      contributors.add(text);
    } else if (name === 'revision' && revision) {
      if (!latest || revision.id >= latest.id) latest = revision;
      revision = undefined;
    } else if (name === 'page' && page) {
      const shown = latest?.text;
      ready.push({
        ...page,
        text: shown,
        model: latest?.model ?? 'wikitext',
        revision: latest?.id ?? 0,
        author: latest?.author,
        redirect: page.redirect ?? (shown === undefined ? undefined : REDIRECT.exec(shown)?.[1]),
        contributors: [...contributors],
      });
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
