/** Subgraphs may run before identity has ever migrated. What they read of its tables then stands for nothing instead of failing. */

const UNDEFINED_TABLE = '42P01';

/** Whether a statement failed because a table is not there. Inside a transaction that has ended the transaction, too. */
export const isMissingTable = (error: unknown): boolean => (error as { code?: string }).code === UNDEFINED_TABLE;

/** For `catch`: gives `instead` where a table is not there, and throws everything else on. */
export const ifTableIsMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (isMissingTable(error)) return instead;
    throw error;
  };
