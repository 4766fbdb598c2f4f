/** What counts as one emoji. */
import { badUserInput } from '@chat/kit/errors';

/** Emoji recommended for general interchange (UTS #51), as Node's Unicode data has them; sequences included. */
const EMOJI = /^\p{RGI_Emoji}$/v;
const VARIATION_SELECTOR_16 = '\uFE0F';
/** Characters that are shown as text unless told otherwise. A skin tone tells too. */
const TEXT_BY_DEFAULT = /(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu;

/**
 * The emoji in its one spelling: what may be typed without its variation selectors (❤) is stored with them (❤️).
 * @throws BAD_USER_INPUT where it is not exactly one emoji.
 */
export function oneEmoji(text: string): string {
  if (text.length <= 64) {
    if (EMOJI.test(text)) return text;
    const qualified = text
      .replaceAll(VARIATION_SELECTOR_16, '')
      .replace(TEXT_BY_DEFAULT, (character) => character + VARIATION_SELECTOR_16);
    if (EMOJI.test(qualified)) return qualified;
  }
  throw badUserInput({ emoji: 'emoji must be exactly one emoji.' });
}
