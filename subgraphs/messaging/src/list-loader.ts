/** Batches nested lists: equal questions of one tick share one statement. Does not cache. */
import DataLoader from 'dataloader';

/** A row with the index of its question. */
export type Listed<Row> = Row & { ord: number };

/** @param alike the batch key: questions with the same key share one call of `read`. @param read returns the rows of each question in order */
export const listLoader = <Question extends object, Row>(
  alike: (question: Question) => string,
  read: (questions: readonly (Question & { ord: number })[]) => Promise<Listed<Row>[]>,
): DataLoader<Question, Row[]> =>
  new DataLoader<Question, Row[]>(
    async (questions) => {
      const lists = questions.map((): Row[] => []);
      const numbered = questions.map((question, ord) => ({ ...question, ord }));
      await Promise.all(
        [...Map.groupBy(numbered, alike).values()].map(async (group) => {
          for (const row of await read(group)) lists[row.ord]!.push(row);
        }),
      );
      return lists;
    },
    { cache: false },
  );
