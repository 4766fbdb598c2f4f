/** Reads the text of an answer as far as it is stored. */
import type { EntityManager } from '@chat/kit/database/database';

/** For a viewer that follows the answer's channel. Null if the answer is gone. */
export async function textOfAnswer(em: EntityManager, id: string): Promise<string | null> {
  const [row] = await em.execute<{ text: string }[]>(
    `select coalesce(m.body, a.body) as text
     from messaging.assistant_answers a left join messaging.messages m on m.id = a.id where a.id = ?`,
    [id],
  );
  return row?.text ?? null;
}
