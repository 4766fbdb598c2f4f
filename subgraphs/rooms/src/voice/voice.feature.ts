/** Voice: signals between occupants, servers for their connections, and the way to a voice process. Carries no media. */
import { withParent } from '@chat/kit/graphql/policy';
import type { RoomsFeature } from '../feature';
import type { Seats } from '../occupants/seats';
import { seesRoom } from '../rooms/room.policy';
import { IceServers } from './ice-servers';
import { SignalResolver } from './signal.resolver';
import { SignalService } from './signal.service';
import { VoiceRegistry } from './voice-requests';
import { VoiceResolver } from './voice.resolver';
import { VoiceService } from './voice.service';

export const voiceFeature: RoomsFeature<{
  services: { signals: SignalService; iceServers: IceServers; voice: VoiceService };
  needs: { seats: Seats };
}> = {
  name: 'voice',
  resolvers: [SignalResolver, VoiceResolver],
  policy: {
    fields: {
      Mutation: { sendSignal: seesRoom, openVoice: seesRoom, answerVoice: seesRoom },
      Subscription: { signals: seesRoom },
      Signal: withParent('from', 'kind', 'payload'),
      IceServer: withParent('urls', 'username', 'credential'),
      VoiceOffer: withParent('id', 'sdp'),
    },
    references: {},
  },
  services: ({ bell, config, redis, services: { seats } }) => ({
    signals: new SignalService(bell, seats),
    iceServers: new IceServers(config),
    voice: new VoiceService(bell, new VoiceRegistry(redis, config.REDIS_PREFIX), seats),
  }),
};
