/** The text of a command: `/name arguments`. */

export interface CommandLine {
  name: string;
  /** The arguments as they were typed. */
  text: string;
}

const COMMAND = /^\/([a-z0-9-]{1,32})(?:\s+([^]*))?$/;

/** Undefined if the text is no command. */
export function readCommand(text: string): CommandLine | undefined {
  const [, name, rest = ''] = COMMAND.exec(text.trim()) ?? [];
  return name === undefined ? undefined : { name, text: rest.trim() };
}
