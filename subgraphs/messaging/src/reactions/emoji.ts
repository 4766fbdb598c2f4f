/** What counts as one emoji. */
import { badUserInput } from '@chat/kit/errors';

/** Emoji recommended for general interchange (UTS #51), as Node's Unicode data has them; sequences included. */
const EMOJI = /^\p{RGI_Emoji}$/v;
const VARIATION_SELECTOR_16 = '\uFE0F';

/**
 * The emoji in its one spelling: what may be typed without its variation selector (❤) is stored with it (❤️).
 * @throws BAD_USER_INPUT where it is not exactly one emoji.
 */
export function oneEmoji(text: string): string {
  if (text.length <= 64) {
    if (EMOJI.test(text)) return text;
    const withSelector = text + VARIATION_SELECTOR_16;
    if (EMOJI.test(withSelector)) return withSelector;
  }
  throw badUserInput({ emoji: 'emoji must be exactly one emoji.' });
}
