/** The lines of the local runner and their meaning. Runs nothing. */
import { EVENTS, type EventName } from '../bundles/manifest';
import { readCommand } from '../commands/command.line';

export type Line =
  | { kind: 'message'; text: string }
  | { kind: 'command'; name: string; text: string }
  | { kind: 'complete'; name: string; text: string }
  | { kind: 'press'; id: string; values: unknown }
  | { kind: 'event'; event: EventName; details: object }
  | { kind: 'webhook'; event: string | null; body: unknown }
  | { kind: 'schedule'; name: string }
  | { kind: 'config'; config: unknown }
  | { kind: 'storage' };

/** The message is for the person at the terminal. */
export class LineError extends Error {}

export function parseLine(line: string): Line {
  const text = line.trim();
  const command = readCommand(text);
  if (command) return { kind: 'command', ...command };
  const [, word = '', rest = ''] = /^:([a-z]+)\s*([^]*)$/.exec(text) ?? [];
  if (word === '') return { kind: 'message', text };
  const [first = '', json] = /^([^\s{[]+)?\s*([^]*)$/.exec(rest)?.slice(1) ?? [];
  switch (word) {
    case 'complete': {
      const completed = readCommand(rest);
      if (!completed) throw new LineError('Write :complete /name arguments');
      return { kind: 'complete', ...completed };
    }
    case 'press':
      return { kind: 'press', id: first, values: json ? fromJson(json) : null };
    case 'event': {
      const event = EVENTS.find((name) => name === first);
      if (!event) throw new LineError(`Events are ${EVENTS.join(', ')}.`);
      const details = json ? fromJson(json) : {};
      if (typeof details !== 'object' || details === null) throw new LineError('Write :event NAME {…}');
      return { kind: 'event', event, details };
    }
    case 'webhook':
      return { kind: 'webhook', event: first || null, body: json ? fromJson(json) : {} };
    case 'schedule':
      return { kind: 'schedule', name: first };
    case 'config':
      return { kind: 'config', config: fromJson(rest) };
    case 'storage':
      return { kind: 'storage' };
    default:
      throw new LineError(
        `:${word} is unknown. Known are :press, :complete, :event, :webhook, :schedule, :config, :storage.`,
      );
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LineError(`That is no JSON: ${(error as Error).message}`);
  }
}
