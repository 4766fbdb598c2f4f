/** Folders of Markdown files. Reads and writes files; see front-matter.ts for one file and page.importer.ts for the wiki. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Larger files are no pages. In bytes. */
const MAX_FILE = 4_000_000;
/** Longer names do not exist on common file systems. In bytes, without the ending. */
const MAX_NAME = 200;
/** Folders of deleted pages in other programs, and of their settings. */
const NO_PAGES = /^(?:\.|_?trash$|node_modules$)/i;

export interface MarkdownFile {
  /** The path below the folder, with `/`. */
  file: string;
  /** Undefined if the file is too large. */
  text: string | undefined;
}

/** The Markdown files of a folder, sorted by name. Links to other folders are not followed. */
export async function* markdownFiles(folder: string, below = ''): AsyncGenerator<MarkdownFile> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (NO_PAGES.test(entry.name)) continue;
    const file = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* markdownFiles(folder, file);
    else if (entry.isFile() && /\.(?:md|markdown)$/i.test(entry.name)) {
      const { size } = await stat(join(folder, file));
      yield { file, text: size > MAX_FILE ? undefined : await readFile(join(folder, file), 'utf8') };
    }
  }
}

/** The file of a page. A segment that is too long for a file system is replaced by its beginning and a hash. */
export const fileOf = (slug: string, locale: string): string =>
  `${slug
    .split('/')
    .map((segment) => {
      if (Buffer.byteLength(segment) <= MAX_NAME) return segment;
      const hash = createHash('sha256').update(segment).digest('hex').slice(0, 16);
      return `${Buffer.from(segment)
        .subarray(0, 100)
        .toString()
        .replace(/\uFFFD/g, '')}-${hash}`;
    })
    .join('/')}.${locale}.md`;

export async function writeMarkdown(folder: string, file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}
