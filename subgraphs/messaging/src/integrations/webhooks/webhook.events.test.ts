/** The event types that webhooks receive come from the manifests, and the documentation names them all. */
import '@chat/kit/graphql/build-schema'; // loads reflect-metadata first
import { mergeStreams } from '@chat/kit/graphql/feature';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../features';
import { webhookEvents } from './webhook.events';

const types = webhookEvents(mergeStreams(features));

test('webhooks receive the events of channels and projects, and no private ones', () => {
  expect(types).toEqual(expect.arrayContaining(['MessageAdded', 'TicketCommented']));
  expect(types).not.toContain('Mentioned');
});

test('docs/webhooks.md names each event type', () => {
  const guide = readFileSync(join(__dirname, '../../../../../docs/webhooks.md'), 'utf8');
  expect(types.filter((type) => !guide.includes(`\`${type}\``))).toEqual([]);
});
