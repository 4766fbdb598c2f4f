/**
 * The credentials of joinRoom at a real coturn: valid ones get a relay, expired ones do not. The browser test connects through the relay only.
 */
import { eventually } from '@chat/kit/testing/eventually';
import { PeerConnection } from 'node-datachannel';
import { type Coturn, startCoturn } from '../testing/coturn';
import { endVoiceThreads } from '../testing/voice-client';
import { IceServers } from './ice-servers';

const SECRET = 'a shared secret of coturn';
const TTL_SECONDS = 600;

let coturn: Coturn | undefined;
beforeAll(async () => void (coturn = await startCoturn(SECRET)), 120_000);
afterAll(async () => {
  endVoiceThreads();
  await coturn?.[Symbol.asyncDispose]();
});

/** A peer that connects through coturn only. @param now the time at which the server gave the credentials */
function relayed(name: string, now = Date.now()): PeerConnection {
  const settings = { STUN_URLS: [], TURN_URLS: ['turn:relay'], TURN_SECRET: SECRET, TURN_TTL_SECONDS: TTL_SECONDS };
  const [server] = new IceServers(settings).serversFor(name, now);
  const { host: hostname, port } = coturn!;
  return new PeerConnection(name, {
    iceServers: [{ hostname, port, username: server!.username!, password: server!.credential!, relayType: 'TurnUdp' }],
    iceTransportPolicy: 'relay',
    bindAddress: hostname,
  });
}

const gathered = (peer: PeerConnection) =>
  eventually(() => peer.gatheringState() === 'complete' && peer.localDescription()!.sdp, 'all candidates');

test('two peers that know only relayed addresses of each other connect', async () => {
  const [ada, bob] = [relayed('ada'), relayed('bob')];
  try {
    const heard: string[] = [];
    bob.onDataChannel((channel) => channel.onMessage((text) => heard.push(String(text))));
    const channel = ada.createDataChannel('voice');
    channel.onOpen(() => channel.sendMessage('hello'));
    const offer = await gathered(ada);
    expect(String(offer).match(/typ \w+/g)).toEqual(['typ relay']);
    bob.setRemoteDescription(String(offer), 'offer');
    ada.setRemoteDescription(String(await gathered(bob)), 'answer');
    await eventually(() => heard.join() === 'hello', 'a message');
  } finally {
    ada.close();
    bob.close();
  }
});

test('expired credentials get no relay', async () => {
  const late = relayed('ada', Date.now() - (TTL_SECONDS + 60) * 1000);
  try {
    late.createDataChannel('voice');
    expect(String(await gathered(late))).not.toContain('typ relay');
  } finally {
    late.close();
  }
});
