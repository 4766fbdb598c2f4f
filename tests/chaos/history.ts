/** The recorded history of a chaos run, and its check: nothing lost, repeated, reordered, or delivered without access. */

/** An acknowledged message. Times are `performance.now()`. */
export interface Sent {
  body: string;
  sender: string;
  seq: number;
  /** Before the first attempt. */
  beganAt: number;
}

export interface Heard {
  body: string;
  seq: number;
  at: number;
}

/** A period without access: from the answer to the removal, to the request that restores access. */
export interface Absence {
  from: number;
  until: number;
}

export interface History {
  sent: Sent[];
  /** Received messages by listener; members for the whole run, subscribed before the first message. */
  heard: Map<string, Heard[]>;
  /** Received messages and absences by visitor, an account that is removed and readmitted. */
  visits: Map<string, { heard: Heard[]; absences: Absence[] }>;
  /** The bodies that reached the webhook, in the order of their first attempts. */
  told: string[];
}

/** The grace period after a removal in which messages may still arrive, in milliseconds. */
const REMOVAL_GRACE_MS = 2500;

/** @returns a line for each violation. */
export function violationsOf({ sent, heard, visits, told }: History): string[] {
  const truth = new Map(sent.map((message) => [message.body, message]));
  const inOrder = [...sent].sort((a, b) => a.seq - b.seq);
  return [
    ...gapsIn(inOrder.map(({ seq }) => seq)),
    ...reorderedBySender(inOrder),
    ...[...heard].flatMap(([name, messages]) =>
      differences(
        name,
        messages.map(({ body }) => body),
        inOrder.map(({ body }) => body),
      ),
    ),
    ...differences(
      'the webhook',
      told,
      inOrder.map(({ body }) => body),
    ),
    ...[...visits].flatMap(([name, { heard: messages, absences }]) => [
      ...messages.flatMap(({ seq, body }, index) => {
        const before = messages[index - 1]?.seq ?? 0;
        if (truth.get(body)?.seq !== seq) return [`${name} heard "${body}" as ${seq}, which nobody sent so`];
        return seq > before ? [] : [`${name} heard ${seq} after ${before}`];
      }),
      ...messages.flatMap(({ body, at }) => {
        const beganAt = truth.get(body)?.beganAt ?? 0;
        const absence = absences.find(({ from, until }) => beganAt > from + REMOVAL_GRACE_MS && at < until);
        const lateMs = absence && Math.round(beganAt - absence.from);
        return absence ? [`${name} heard "${body}", sent ${lateMs} ms after the removal`] : [];
      }),
    ]),
  ];
}

const gapsIn = (seqs: readonly number[]): string[] =>
  seqs.flatMap((seq, index) => {
    const before = seqs[index - 1];
    return before === undefined || seq === before + 1 ? [] : [`acknowledged ${seq} follows ${before}`];
  });

function reorderedBySender(inOrder: readonly Sent[]): string[] {
  return [...Map.groupBy(inOrder, ({ sender }) => sender)].flatMap(([sender, own]) =>
    own.flatMap(({ beganAt, body }, index) =>
      beganAt >= (own[index - 1]?.beganAt ?? 0) ? [] : [`"${body}" of ${sender} was put behind a later message`],
    ),
  );
}

function differences(name: string, actual: readonly string[], expected: readonly string[]): string[] {
  const [heard, due] = [new Set(actual), new Set(expected)];
  const lost = expected.filter((body) => !heard.has(body)).map((body) => `${name} never heard "${body}"`);
  const foreign = actual
    .filter((body) => !due.has(body))
    .map((body) => `${name} heard "${body}", which is not acknowledged`);
  const repeated = actual.length - heard.size;
  if (lost.length > 0 || foreign.length > 0) return [...lost, ...foreign];
  if (repeated > 0) return [`${name} heard ${repeated} messages twice`];
  const index = actual.findIndex((body, place) => body !== expected[place]);
  return index === -1 ? [] : [`${name} heard "${actual[index]}" in place of "${expected[index]}"`];
}
