/** A part of an SQL statement with its values. */
export interface SqlPart {
  sql: string;
  /** The values of the placeholders, in order. */
  values: unknown[];
}
