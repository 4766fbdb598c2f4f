/**
 * Makes a text harmless for clients that render it as Markdown or HTML: it holds no link, no image and no element that they would load or
 * follow, whoever wrote it. Words stay. Knows no source and no model.
 */
import { visibleText } from '@chat/kit/graphql/text-invisible';

/** Images and links that are well formed lose their targets. A number in brackets is a citation and keeps them. */
const IMAGE = /!\[([^[\]]{0,500})\]\([^()]{0,4000}\)/g;
const LINK = /\[([^[\]]{0,500})\]\([^()]{0,4000}\)/g;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;

export function plainAnswer(text: string): string {
  const named = visibleText(text)
    .replace(COMMENT, ' ')
    .replace(IMAGE, '$1')
    .replace(LINK, (_, label: string) => (/^\d+$/.test(label) ? `[${label}]` : label));
  // A space within the signs takes their meaning from whatever is left, and cannot join its neighbours to new signs.
  return named
    .replace(/<(?=[a-z/!?])/gi, '< ')
    .replace(/\](?=[(:[])/g, '] ')
    .replace(/\/(?=\/)/g, '/ ')
    .replace(/\b(javascript|vbscript|data|blob|file|mailto):(?=\S)/gi, '$1: ')
    .replace(/\bwww\.(?=\S)/gi, 'www. ')
    .trim();
}
