/** Counts the statements that requests send to PostgreSQL. Leaves background loops out. */
import { Client } from 'pg';

export interface Statements extends Disposable {
  /** The number of statements that contain `part`. */
  with(part: string): number;
}

/** Counts until it is disposed of. */
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
