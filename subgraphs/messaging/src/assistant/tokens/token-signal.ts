/** The part of an answer, as it travels between processes. The answer's row has all of the text before a signal is sent. */

export interface TokenSignal {
  type: 'AssistantToken';
  /** The message that the answer becomes. */
  messageId: string;
  /** Where the part begins, in UTF-16 units. */
  offset: number;
  delta: string;
  /** Whether the answer has ended. */
  done: boolean;
}
