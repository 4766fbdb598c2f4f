/** Loads lists that hang on other lists: those that a request asks for together and alike come by one statement. Remembers nothing. */
import DataLoader from 'dataloader';

/** A row, and of which question it is: `ord` of what was asked. */
export type Listed<Row> = Row & { ord: number };

/** @param alike equal for questions that one call of `read` can answer. @param read gives the rows of each question in their order. */
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
