/** A question to the assistant, as part of the message that asks it. */

export interface Question {
  /** The id of the answer, and of the message that it becomes. */
  answerId: string;
  /** The API key that asked; null if the account asked in a session. */
  keyId: string | null;
}
