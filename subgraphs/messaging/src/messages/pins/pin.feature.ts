/** Pins: highlighted messages of a channel. */
import type { MessagingFeature } from '../../feature';
import { pinLoader, type PinLoader } from './pin.loader';
import { pinPolicy } from './pin.policy';
import { PinResolver } from './pin.resolver';
import { PinService } from './pin.service';

export const pinFeature: MessagingFeature<{ services: { pins: PinService }; loaders: { pins: PinLoader } }> = {
  name: 'pins',
  resolvers: [PinResolver],
  policy: pinPolicy,
  services: ({ eventLog }) => ({ pins: new PinService(eventLog) }),
  loaders: ({ em }) => ({ pins: pinLoader(em) }),
};
