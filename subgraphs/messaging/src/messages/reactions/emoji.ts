/** Validates and normalises a single emoji. */
import { badUserInput } from '@chat/kit/errors';

/** Emoji and sequences recommended for general interchange (UTS #51), by Node's Unicode data. */
const EMOJI = /^\p{RGI_Emoji}$/v;
const VARIATION_SELECTOR_16 = '\uFE0F';
/** Characters with text presentation by default. A skin tone also selects emoji presentation. */
const TEXT_BY_DEFAULT = /(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu;

/**
 * The fully qualified form of the emoji: an input without variation selectors (❤) is stored with them (❤️).
 * @throws BAD_USER_INPUT if the text is not exactly one emoji.
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
