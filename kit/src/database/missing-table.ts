/** Reads of identity's tables before identity has first migrated: they give a default instead of failing. */

const UNDEFINED_TABLE = '42P01';

/** Whether a statement failed because a table is not there. Inside a transaction that has ended the transaction, too. */
export const isMissingTable = (error: unknown): boolean => (error as { code?: string }).code === UNDEFINED_TABLE;

/** For `catch`: returns `instead` if the table does not exist, and rethrows every other error. */
export const ifTableIsMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (isMissingTable(error)) return instead;
    throw error;
  };
