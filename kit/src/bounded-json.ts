/**
 * JSON that strangers send, looked through before it is parsed: a megabyte of brackets takes a parser a tenth of a second and everything
 * that walks the result deeper than its stack. Says nothing about how long a text may be; its reader does.
 */

/** Deeper than any input of ours or variable of a client, with room for the request around it. */
const MAX_DEPTH = 110;
/** Members of objects and lists, in all. */
const MAX_VALUES = 50_000;

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The text is JSON perhaps, but has more structure than anybody needs. */
export class JsonTooComplex extends Error {}

/**
 * @param deeper whether a value that is nested too deep is refused, or cut off: replaced by null, for readers that must know the rest in
 * order to say so.
 * @param parse reads the text if it is simple enough.
 * @throws JsonTooComplex, before anything is parsed; SyntaxError.
 */
export function parseBoundedJson(
  text: string,
  deeper: 'refuse' | 'cut' = 'refuse',
  parse: (text: string) => unknown = JSON.parse,
): unknown {
  if (text.length <= MAX_VALUES && !opensMoreThan(MAX_DEPTH, text)) return parse(text);
  let kept = '';
  let from = 0;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case COMMA:
        if (depth <= MAX_DEPTH) values++;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (depth++ < MAX_DEPTH) values++;
        else if (deeper === 'refuse') throw new JsonTooComplex(`The JSON is nested deeper than ${MAX_DEPTH} levels.`);
        else if (depth === MAX_DEPTH + 1) kept += `${text.slice(from, at)}null`;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        if (depth-- === MAX_DEPTH + 1) from = at + 1;
        break;
    }
    if (values > MAX_VALUES) throw new JsonTooComplex(`The JSON has more than ${MAX_VALUES} values.`);
  }
  return parse(kept + text.slice(depth > MAX_DEPTH ? text.length : from));
}

/** Whether the text has more than so many opening brackets, within strings or not. */
function opensMoreThan(most: number, text: string): boolean {
  let count = 0;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (++count > most) return true;
  return false;
}

/** The end of the string that begins at `start`; the end of the text if it is not closed. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}
