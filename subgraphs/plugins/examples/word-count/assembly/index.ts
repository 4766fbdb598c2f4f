/**
 * Counts words, in AssemblyScript: `/count <text>` answers with the number of words, and how often it was asked. Shows how a
 * WebAssembly module talks with the chat (docs/plugins.md). Parses no JSON beyond the texts that it needs.
 */

import { answer, ask, received, refuse } from './chat';

/** The text of a member, as it stands between its quotes in JSON. */
function member(json: string, name: string): string {
  const key = '"' + name + '":"';
  const start = json.indexOf(key);
  if (start < 0) return '';
  let end = start + key.length;
  while (end < json.length && json.charAt(end) != '"') end += json.charAt(end) == '\\' ? 2 : 1;
  return json.substring(start + key.length, end);
}

function countWords(text: string): i32 {
  let words = 0;
  let isInside = false;
  for (let i = 0; i < text.length; i++) {
    const isSpace = text.charCodeAt(i) <= 32;
    if (!isSpace && !isInside) words++;
    isInside = !isSpace;
  }
  return words;
}

export function handle(length: i32): void {
  const input = received(length);
  if (!input.startsWith('{"path":["commands","count"]')) return refuse('This plugin has the command count only.');
  const asked = ask('storage.increment', '{"key":"asked","by":1}');
  const times = asked.startsWith('{"value":') ? asked.substring(9, asked.length - 1) : '?';
  answer(`"${countWords(member(input, 'text'))} words. Asked ${times} times."`);
}
