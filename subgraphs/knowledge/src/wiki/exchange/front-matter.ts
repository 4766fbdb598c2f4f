/** Markdown files with YAML front matter: one page of the wiki each. Holds no files and no storage. */
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { pathOf } from '../pages/page.path';

/** A page outside the wiki. */
export interface ExchangedPage {
  slug: string;
  locale: string | undefined;
  title: string;
  body: string;
  categoryPath: string | undefined;
  tags: string[];
  /** Earlier paths, so that links to them stay. */
  aliases: string[];
  isRestricted: boolean;
  isLocked: boolean;
  isTemplate: boolean;
}

const Texts = z
  .union([z.array(z.coerce.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .transform((texts) => texts.filter((text) => text !== ''));

/** Unknown keys of other programs are ignored. */
const FrontMatter = z.object({
  slug: z.coerce.string().optional(),
  locale: z.string().optional(),
  lang: z.string().optional(),
  title: z.coerce.string().optional(),
  category: z.string().nullish(),
  tags: Texts.nullish(),
  aliases: Texts.nullish(),
  restricted: z.boolean().optional(),
  locked: z.boolean().optional(),
  template: z.boolean().optional(),
});

const FENCE = /^---[ \t]*\r?\n/;
const END = /^---[ \t]*(?:\r?\n|$)/m;

export function writePage(page: ExchangedPage, more: Record<string, unknown> = {}): string {
  const matter = stringify(
    {
      title: page.title,
      slug: page.slug,
      locale: page.locale,
      category: page.categoryPath,
      tags: page.tags.length > 0 ? page.tags : undefined,
      aliases: page.aliases.length > 0 ? page.aliases : undefined,
      restricted: page.isRestricted || undefined,
      locked: page.isLocked || undefined,
      template: page.isTemplate || undefined,
      ...more,
    },
    { lineWidth: 0 },
  );
  return `---\n${matter}---\n${page.body}`;
}

/**
 * @param file the path below the folder, with `/`. It gives the path and the locale if the front matter has none
 * @throws Error with a reason for the report if the front matter is invalid or gives no path
 */
export function readPage(file: string, text: string): ExchangedPage {
  const { matter, body } = split(text.replace(/^\uFEFF/, ''));
  const [, stem = '', suffix] = /^(.*?)(?:\.([a-z]{2,3}(?:-[A-Za-z0-9]+)*))?\.(?:md|markdown)$/i.exec(file) ?? [];
  const slug = pathOf(matter.slug ?? stem.replace(/(^|\/)(?:index|readme)$/i, ''));
  const title = matter.title ?? /^# +(.+)$/m.exec(body)?.[1] ?? stem.split('/').at(-1)!;
  const path = slug || pathOf(title);
  if (path === '') throw new Error('no path');
  return {
    slug: path,
    locale: matter.locale ?? matter.lang ?? suffix,
    title: title.trim(),
    body,
    categoryPath: matter.category ?? undefined,
    tags: matter.tags ?? [],
    aliases: (matter.aliases ?? []).map(pathOf).filter((alias) => alias !== '' && alias !== path),
    isRestricted: matter.restricted ?? false,
    isLocked: matter.locked ?? false,
    isTemplate: matter.template ?? false,
  };
}

function split(text: string): { matter: z.output<typeof FrontMatter>; body: string } {
  const start = FENCE.exec(text);
  const rest = start ? text.slice(start[0].length) : text;
  const end = start ? END.exec(rest) : null;
  if (!end) return { matter: {}, body: text };
  const body = rest.slice(end.index + end[0].length);
  let value: unknown;
  try {
    value = parse(rest.slice(0, end.index)) ?? {};
  } catch {
    throw new Error('invalid front matter');
  }
  const read = FrontMatter.safeParse(value);
  if (!read.success) throw new Error('invalid front matter');
  return { matter: read.data, body };
}

/** Relative links of files to other Markdown files become paths of the wiki. Fenced code stays as it is. */
export function absoluteLinks(file: string, body: string): string {
  const folder = file.split('/').slice(0, -1);
  let isCode = false;
  return body
    .split('\n')
    .map((line) => {
      if (/^ {0,3}(```|~~~)/.test(line)) isCode = !isCode;
      return isCode
        ? line
        : line.replace(/\]\(([^()\s]{1,500})\)/g, (link, url: string) => {
            const [target = ''] = url.split('#');
            if (!target.toLowerCase().endsWith('.md') || /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(target)) return link;
            return `](/wiki/${resolved(folder, target.slice(0, -3))})`;
          });
    })
    .join('\n');
}

function resolved(folder: readonly string[], target: string): string {
  const path = [...folder];
  for (const part of target.split('/')) {
    if (part === '..') path.pop();
    else if (part !== '.' && part !== '') path.push(part);
  }
  return path.join('/');
}
