/** Counts the statements that this process sends to PostgreSQL on behalf of requests; those of its background loops are left out. */
import { Client } from 'pg';

export interface Statements extends Disposable {
  /** How many had this in their text. */
  with(part: string): number;
}

/** From now on, until it is disposed of. */
export function watchStatements(): Statements {
  const query = jest.spyOn(Client.prototype, 'query');
  const texts = () =>
    query.mock.calls.map(([statement]) => {
      const asked = statement as unknown as string | { text?: string };
      return typeof asked === 'string' ? asked : (asked.text ?? '');
    });
  return {
    with: (part) => texts().filter((text) => text.includes(part) && !text.includes('access_news')).length,
    [Symbol.dispose]: () => query.mockRestore(),
  };
}
