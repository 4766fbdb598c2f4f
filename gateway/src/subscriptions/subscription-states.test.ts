/** The state tables in docs/subscription-states.md equal those in the code, and machines refuse impossible events. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nextSubscriptionState, SUBSCRIPTION_TRANSITIONS } from './subscription-state';
import { nextUpstreamState, UPSTREAM_TRANSITIONS } from './upstream-state';

const PAGE = readFileSync(join(__dirname, '../../../docs/subscription-states.md'), 'utf8');

/** State → event → cell of the table under a heading, without code marks. */
function tableUnder(heading: string): Record<string, Record<string, string>> {
  const section = PAGE.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const table = section.split('\n| State')[1]!.split('\n\n')[0]!;
  const [head, , ...rows] = `| State${table}`.split('\n').map((line) =>
    line
      .replaceAll('`', '')
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return Object.fromEntries(
    rows.map(([state, ...cells]) => [
      state,
      Object.fromEntries(cells.map((cell, index) => [head![index + 1], cell] as const)),
    ]),
  );
}

function cellsOf<Cell>(
  table: Readonly<Record<string, Readonly<Record<string, Cell | null>>>>,
  print: (cell: Cell) => string,
): Record<string, Record<string, string>> {
  const rows = Object.entries(table).map(([state, cells]) => [
    state,
    Object.fromEntries(
      Object.entries(cells).map(([event, cell]) => [event, cell === null ? '–' : print(cell as Cell)] as const),
    ),
  ]);
  return Object.fromEntries(rows) as Record<string, Record<string, string>>;
}

test('the documented states of a subscription are those of the code', () => {
  expect(tableUnder('A subscription')).toEqual(cellsOf<string>(SUBSCRIPTION_TRANSITIONS, (state) => state));
});

test('the documented states of an upstream are those of the code', () => {
  const print = ({ to, effect }: { to: string; effect: string }) => (effect === 'none' ? to : `${to}, ${effect}`);
  expect(tableUnder('An upstream')).toEqual(cellsOf(UPSTREAM_TRANSITIONS, print));
});

test('an event that cannot occur in a state is an error', () => {
  expect(nextSubscriptionState('resuming', 'caughtUp')).toBe('live');
  expect(() => nextSubscriptionState('ended', 'joinedLive')).toThrow('"ended" got the event "joinedLive"');
  expect(nextUpstreamState('resuming', 'timedOut')).toEqual({ to: 'stopped', effect: 'failAll' });
  expect(() => nextUpstreamState('following', 'timedOut')).toThrow('"following" got the event "timedOut"');
});
