/** A new supergraph under open subscriptions: valid ones continue without a gap, invalid ones end with a code. */
import { DESKS_SDL, newsroomSupergraph } from '../testing/newsroom';
import { follow, socketClient, startLiveGateway, take, until } from '../testing/live-gateway';

const EVENTS = 'subscription { deskEvents(desk: "city") { cursor ... on StoryFiled { story { author { name } } } } }';

test('an unrelated change keeps upstreams open', async () => {
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

test('a subscription that is no longer valid ends with a code, and others continue', async () => {
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

test('a field that becomes viewer-dependent is no longer shared, without lost or repeated events', async () => {
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
