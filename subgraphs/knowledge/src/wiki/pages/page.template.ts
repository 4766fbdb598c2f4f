/** Fills a new page from a template. Holds no storage and no access. */
import type { CreatePageInput } from './page.input';
import type { PageEntity } from './page.entity';

/** The body of the template if there is none, and its tags. `{{title}}` and `{{date}}` (ISO 8601, UTC) are filled in. */
export function fromTemplate(
  input: CreatePageInput,
  template: Pick<PageEntity, 'body' | 'tags'> | null,
  today = new Date(),
): CreatePageInput {
  if (!template) return input;
  const values: Record<string, string> = { title: input.title.trim(), date: today.toISOString().slice(0, 10) };
  const filled = template.body.replace(/\{\{(title|date)\}\}/g, (_, name: string) => values[name]!);
  return { ...input, body: input.body.trim() === '' ? filled : input.body, tags: input.tags ?? template.tags };
}
