/** A new supergraph under live subscriptions: who still fits goes on without a gap, who does not is told. */
import { DESKS_SDL, newsroomSupergraph } from '../testing/newsroom';
import { follow, socketClient, startLiveGateway, take, until } from '../testing/live-gateway';

const EVENTS = 'subscription { deskEvents(desk: "city") { cursor ... on StoryFiled { story { author { name } } } } }';

test('a change elsewhere leaves upstreams alone', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const events = follow(client, EVENTS);
  await until(() => live.room.counts.live === 1);
  live.room.publish('city');
  await take(events, 1);
  live.source.replace(newsroomSupergraph(`${DESKS_SDL} extend type Query { more: String }`));
  live.room.publish('city');
  expect(await take(events, 1)).toEqual([
    { data: { deskEvents: { cursor: '2', story: { author: { name: 'The author-city' } } } } },
  ]);
  expect(live.room.counts.upstreams).toBe(1);
});

test('a subscription that no longer fits ends with a code, the others go on', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const kept = follow(client, 'subscription { storyPublished(desk: "city") { id } }');
  const lost = follow(client, 'subscription { storyPublished(desk: "city") { headline } }');
  await until(() => live.room.counts.live === 2);
  live.source.replace(newsroomSupergraph(DESKS_SDL.replace('headline: String!\n', '')));
  await expect(lost.next()).rejects.toMatchObject([{ extensions: { code: 'SUBSCRIPTION_INVALID' } }]);
  live.room.publish('city');
  expect(await take(kept, 1)).toEqual([{ data: { storyPublished: { id: '1' } } }]);
});

test('a field that becomes dependent on the viewer is no longer shared, and nothing is lost or repeated', async () => {
  await using live = await startLiveGateway();
  using ada = socketClient(live.wsUrl, 'ada');
  using bob = socketClient(live.wsUrl, 'bob');
  const streams = [ada, bob].map((client) => follow(client, EVENTS));
  await until(() => live.room.counts.authorised === 2 && live.room.counts.live === 1);
  live.room.publish('city');
  await Promise.all(streams.map((stream) => take(stream, 1)));
  live.source.replace(newsroomSupergraph(DESKS_SDL.replace('author: Author!', 'author: Author! @viewerDependent')));
  live.room.publish('city');
  await until(() => live.room.counts.live === 2);
  live.room.publish('city');
  for (const stream of streams) {
    expect(await take(stream, 2)).toMatchObject(['2', '3'].map((cursor) => ({ data: { deskEvents: { cursor } } })));
  }
});
