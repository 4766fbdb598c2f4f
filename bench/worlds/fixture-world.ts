/** The world of the fixture subgraphs, which cost as little as possible, so that the gateway's share is visible. */
import { startFixture } from '../fixtures/start';
import type { Load } from '../fixtures/subgraphs';
import { startOurs } from '../harness/gateways';
import type { World } from './world';

const SECRET_KEY = 'only for measurements: 32 characters';

/** @param checkout the folder of another commit, with its dependencies installed, for the gateway only */
export async function startFixtureWorld(channelCount: number, checkout?: string): Promise<World> {
  const fixture = await startFixture();
  const { subgraphs } = fixture;
  const channels = Array.from({ length: channelCount }, (_, index) => `channel-${index}`);
  let cpuBefore = subgraphs.cpuSeconds();
  return {
    query: `subscription Live($channelId: ID!, $after: String) {
      messageAdded(channelId: $channelId, after: $after) { id seq cursor text sentAt author { id displayName } }
    }`,
    marks: { seq: '"seq":', sentAt: '"sentAt":', cursor: '"cursor":"' },
    channels,
    secretKey: SECRET_KEY,
    startGateway: () => startOurs(fixture, { env: { SECRET_KEY }, ...(checkout && { checkout }) }),
    sendToAll: () => subgraphs.call('send', { names: channels, each: 1 }),
    startPace: (messagesPerSecond) => subgraphs.call('pace', { channels, messagesPerSecond }),
    stopPace: () => subgraphs.call('stop'),
    heads: () => subgraphs.call('heads'),
    async load() {
      const { requests, subscriptions } = await subgraphs.call<Load>('load');
      const before = cpuBefore;
      cpuBefore = subgraphs.cpuSeconds();
      return {
        'requests to the subgraphs (authorisation; authors)': requests,
        'subscriptions opened at the subgraph': subscriptions,
        'processor seconds of the subgraphs': cpuBefore - before,
      };
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}
