/**
 * Emoji short names (`:tada:`) in linear time. The plugin's own rule copies all tokens of a paragraph for each token with an emoji, so
 * this plugin passes it one token at a time.
 */
import type MarkdownIt from 'markdown-it';
import type { StateCore, Token } from 'markdown-it';
import { full as emoji } from 'markdown-it-emoji';

type CoreRule = (state: Pick<StateCore, 'md' | 'Token' | 'tokens'>) => void;

/** A plugin of markdown-it. */
export function linearEmoji(markdown: MarkdownIt): void {
  markdown.use(emoji, { shortcuts: {} });
  const { __rules__: rules } = markdown.core.ruler as unknown as { __rules__: { name: string; fn: CoreRule }[] };
  const original = rules.find(({ name }) => name === 'emoji')!.fn;
  markdown.core.ruler.at('emoji', (state) => {
    for (const block of state.tokens) {
      if (!block.content.includes(':')) continue;
      block.children &&= withEmoji(state, block.children, original);
    }
  });
}

function withEmoji({ md, Token: TokenClass }: StateCore, tokens: readonly Token[], original: CoreRule): Token[] {
  let autolinks = 0;
  return tokens.flatMap((token) => {
    if (token.info === 'auto') autolinks += token.nesting;
    if (token.type !== 'text' || autolinks > 0 || !token.content.includes(':')) return [token];
    const block = new TokenClass('inline', '', 0);
    block.children = [token];
    original({ md, Token: TokenClass, tokens: [block] });
    return block.children;
  });
}
