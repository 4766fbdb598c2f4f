/** A piece of a statement. */
export interface SqlPart {
  sql: string;
  /** For its question marks, in their order. */
  values: unknown[];
}
