/** The check of histories, with one example of each kind of violation. */
import { violationsOf, type Heard, type History } from './history';

const SENT = [1, 2, 3].map((seq) => ({ body: `ada ${seq}`, sender: 'ada', seq, beganAt: seq * 1000 }));
const HEARD: Heard[] = SENT.map(({ body, seq, beganAt }) => ({ body, seq, at: beganAt + 10 }));
const BODIES = SENT.map(({ body }) => body);

function violations(changes: Partial<History>): string[] {
  return violationsOf({ sent: SENT, heard: new Map([['bob', HEARD]]), visits: new Map(), told: BODIES, ...changes });
}
const heardBy = (...heard: Heard[]) => ({ heard: new Map([['bob', heard]]) });
const [first, second, third] = HEARD as [Heard, Heard, Heard];

test('a complete history has none', () => {
  const visit = { heard: [first, third], absences: [{ from: 1100, until: 2900 }] };
  expect(violations({ visits: new Map([['eve', visit]]) })).toEqual([]);
});

test.each<[string, Partial<History>, RegExp]>([
  ['lost', heardBy(first, third), /bob never heard "ada 2"/],
  ['repeated', heardBy(first, second, second, third), /bob heard 1 messages twice/],
  ['reordered', heardBy(second, first, third), /bob heard "ada 2" in place of "ada 1"/],
  ['unknown', heardBy(first, second, third, { ...third, body: 'x' }), /bob heard "x"/],
  ['not told', { told: BODIES.slice(1) }, /the webhook never heard "ada 1"/],
  ['told in another order', { told: ['ada 1', 'ada 3', 'ada 2'] }, /the webhook heard "ada 3" in place of/],
  ['missing from the acknowledged', { sent: SENT.filter(({ seq }) => seq !== 2) }, /acknowledged 3 follows 1/],
  [
    'put behind a later one',
    { sent: SENT.map((message) => (message.seq === 3 ? { ...message, beganAt: 1 } : message)) },
    /"ada 3" of ada was put behind/,
  ],
])('a message that is %s is found', (_kind, changes, violation) => {
  expect(violations(changes).join('\n')).toMatch(violation);
});

test.each<[string, Heard[], RegExp]>([
  ['after the removal', [first, { ...third, at: 9000 }], /eve heard "ada 3", sent 2900 ms after the removal/],
  ['twice', [first, first], /eve heard 1 after 1/],
  ['in another order', [second, first], /eve heard 1 after 2/],
])('a message that a visitor hears %s is found', (_kind, heard, violation) => {
  const visits = new Map([['eve', { heard, absences: [{ from: 100, until: 10_000 }] }]]);
  expect(violations({ visits }).join('\n')).toMatch(violation);
});
