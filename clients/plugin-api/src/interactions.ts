/** Commands, buttons and forms: what people send to a plugin, and what it answers within 3 seconds. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A JSON value of a form that the author of the plugin knows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- plugins in JavaScript cannot name a type for each value
export type Unchecked = any;

/** `private`: only the person at the command or button sees it. */
export type Visibility = 'private' | 'channel';

export interface Button {
  /** Letters, digits, `-` and `_`. The part before the first `-` or `_` names the function in `actions`. */
  id: string;
  /** At most 80 characters. */
  label: string;
  style?: 'default' | 'primary' | 'danger';
  /** Handed to the action; not shown. At most 2,000 characters. */
  value?: string;
}

/** A text is a private reply; null and undefined are none. */
export type Reply = string | { text?: string; visibility?: Visibility; buttons?: Button[] } | null | undefined | void;

export interface FormField {
  id: string;
  label: string;
  type?: 'text' | 'number' | 'boolean' | 'choice';
  /** For `choice`. */
  choices?: string[];
  required?: boolean;
}

/** Asks for values. The action runs again with them as `values`. */
export interface Form {
  form: { title: string; fields: FormField[] };
}

export interface CommandCall {
  /** Without the slash. */
  name: string;
  /** The arguments as they were typed. */
  text: string;
  channelId: string;
  user: { id: string };
}

export interface ActionCall {
  /** The id of the button. */
  id: string;
  value: string;
  /** The values of a form; null if a button was pressed. */
  values: Record<string, Unchecked> | null;
  messageId: string;
  channelId: string;
  user: { id: string };
  /** For `chat.interactions.reply`, for 15 minutes. */
  token: string;
}
