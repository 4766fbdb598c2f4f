/** Cleans parts of a text that were cut anywhere: the joined parts are well-formed and can be stored. */

/** Control characters except line feed and tab; a carriage return goes with them. Overrides reverse the displayed order. */
const UNWANTED = /[^\P{Cc}\t\n]|[\u202d\u202e]/gu;

export class TextJoiner {
  /** The first half of a surrogate pair until its second half arrives. */
  private half = '';
  private isEmpty = true;

  /** The part that can be shown now. White space before the first visible character is dropped. */
  add(part: string): string {
    let text = this.half + part;
    const last = text.charCodeAt(text.length - 1);
    this.half = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : '';
    if (this.half) text = text.slice(0, -1);
    text = text.toWellFormed().replace(UNWANTED, '');
    if (this.isEmpty) text = text.trimStart();
    if (text !== '') this.isEmpty = false;
    return text;
  }
}
