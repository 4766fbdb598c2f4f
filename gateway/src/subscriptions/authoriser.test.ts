/** Thousands of access checks become due together: concurrency is limited, and urgent checks do not wait. */
import { createLogger } from '@chat/kit/logging';
import { AUTHORIZED, type GraphQLService } from '@chat/kit/graphql/service';
import { OperationPreparer } from '../planning/prepare';
import { Supergraph } from '../supergraph/supergraph';
import { newsroomSupergraph } from '../testing/newsroom';
import { Authoriser, type Reason } from './authoriser';
import { LiveClient } from './live-client';
import { LiveOperation } from './live-operation';

function storiesOfACity(): LiveOperation {
  const preparer = new OperationPreparer();
  const query = 'subscription { storyPublished(desk: "city") { headline } }';
  const original = preparer.prepare(new Supergraph(newsroomSupergraph()), { query });
  if ('errors' in original) throw new Error(original.errors.join());
  return LiveOperation.from(original, preparer) as LiveOperation;
}

const live = storiesOfACity();
const client = () => new LiveClient(null, { address: null, userAgent: null }, 'c', () => undefined);

test('a subgraph gets a few checks at once, more at the start, and changed clients do not wait for a check of all', async () => {
  const open: (() => void)[] = [];
  const authorize: GraphQLService['authorize'] = async () => {
    await new Promise<void>((resolve) => open.push(resolve));
    return { extensions: { ...AUTHORIZED } };
  };
  const services = new Map([['desks', { authorize } as GraphQLService]]);
  const log = createLogger('test', 'silent');
  const authoriser = new Authoriser({ services: () => services, headersFor: () => ({}), log });
  let answered = 0;
  const ask = async (reason: Reason, isObsolete = () => false) => {
    await authoriser.authorise(client(), live, {}, isObsolete, reason);
    answered++;
  };
  const turn = () => new Promise(setImmediate);

  const everybody = Array.from({ length: 100 }, () => ask('everybody'));
  await turn();
  expect(open).toHaveLength(16);
  const changed = ask('changed');
  await turn();
  expect(open).toHaveLength(17);
  open.pop()!();
  await changed;
  expect(answered).toBe(1);

  const starts = Array.from({ length: 200 }, () => ask('start'));
  await turn();
  expect(open).toHaveLength(16 + 128);
  while (open.length > 16) {
    open.pop()!();
    await turn();
  }
  await Promise.all(starts);
  answered -= 200;

  let hasLeft = false;
  const left = ask('everybody', () => hasLeft);
  hasLeft = true;
  for (let asked = 0; asked < 100; asked++) {
    open.shift()!();
    await turn();
    expect(open.length).toBeLessThanOrEqual(16);
  }
  await Promise.all([...everybody, left]);
  expect([answered, open]).toEqual([102, []]);
});
