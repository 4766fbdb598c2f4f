/** Differences of two revisions: unified, and by words. Very different texts are compared in less detail, never without an end. */
import { createTwoFilesPatch, diffLines, diffWordsWithSpace } from 'diff';

const TIMEOUT_MS = 500;

export interface Version {
  title: string;
  body: string;
  version: number;
}

export interface PageDiff {
  unified: string;
  words: { text: string; isAdded: boolean; isRemoved: boolean }[];
}

export function pageDiff({ from, to }: { from: Version; to: Version }): PageDiff {
  const [a, b] = [textOf(from), textOf(to)];
  const names = [`version ${from.version}`, `version ${to.version}`] as const;
  const unified =
    createTwoFilesPatch(...names, a, b, undefined, undefined, { context: 3, timeout: TIMEOUT_MS }) ??
    replaced(names, a, b);
  const parts = diffWordsWithSpace(a, b, { timeout: TIMEOUT_MS }) ??
    diffLines(a, b, { timeout: TIMEOUT_MS }) ?? [
      { value: a, removed: true, added: false },
      { value: b, added: true, removed: false },
    ];
  return {
    unified,
    words: parts.map(({ value, added, removed }) => ({ text: value, isAdded: added, isRemoved: removed })),
  };
}

const textOf = ({ title, body }: Version) => `# ${title}\n\n${body.endsWith('\n') ? body : `${body}\n`}`;

function replaced(names: readonly [string, string], a: string, b: string): string {
  const [old, young] = [a, b].map((text) => text.replace(/\n$/, '').split('\n')) as [string[], string[]];
  return [
    ...[`--- ${names[0]}`, `+++ ${names[1]}`, `@@ -1,${old.length} +1,${young.length} @@`],
    ...old.map((line) => `-${line}`),
    ...young.map((line) => `+${line}`),
    '',
  ].join('\n');
}
