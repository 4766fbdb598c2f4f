/** GitHub's task lists (`- [x] done`), with signs in place of checkboxes, because a message is not interactive. */
import type MarkdownIt from 'markdown-it';

const BOX = /^\[([ xX])\]\s/;

/** A plugin of markdown-it. */
export function taskLists(markdown: MarkdownIt): void {
  markdown.core.ruler.after('inline', 'task_lists', ({ tokens }) => {
    tokens.forEach((token, index) => {
      const [text] = token.children ?? [];
      if (tokens[index - 2]?.type !== 'list_item_open' || text?.type !== 'text') return;
      text.content = text.content.replace(BOX, (_box, mark: string) => (mark === ' ' ? '☐ ' : '☑ '));
    });
  });
}
