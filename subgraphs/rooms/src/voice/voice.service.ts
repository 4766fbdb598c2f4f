/** Opens connections of occupants to the voice process of their room. Carries no media. */
import { ApiError, badUserInput, conflict, forbidden, notFound } from '@chat/kit/errors';
import type { Bell } from '@chat/kit/events/bell';
import { newId } from '@chat/kit/ids';
import { isElsewhere, type Seats } from '../occupants/seats';
import type { Mover } from '../poses/pose.service';
import { replyTopic, requestTopic, type VoiceRegistry, type VoiceReply, type VoiceRequest } from './voice-requests';
import type { VoiceOffer } from './voice.type';

/** How long a voice process may take for a reply, in milliseconds. */
const REPLY_MS = 5_000;

const unavailable = () =>
  new ApiError('SERVICE_UNAVAILABLE', 'No voice process answers. Connect as a mesh, or try again.');

export class VoiceService {
  constructor(
    private readonly bell: Bell,
    private readonly registry: VoiceRegistry,
    private readonly seats: Seats,
  ) {}

  /** @throws FORBIDDEN without a seat, CONFLICT if another connection has it, SERVICE_UNAVAILABLE without a voice process */
  async openVoice(roomId: string, { userId, connection }: Mover): Promise<VoiceOffer> {
    const seat = await this.seats.seatOf(roomId, userId);
    if (seat && isElsewhere(seat, connection))
      throw conflict('You have joined this room from another connection. Join again to talk from here.');
    const { offer, problem } = await this.ask({ id: newId(), kind: 'OPEN', roomId, userId });
    if (problem === 'NO_SEAT') throw forbidden('Join the room first.');
    if (!offer) throw unavailable();
    return { id: offer.connectionId, sdp: offer.sdp };
  }

  /** @throws NOT_FOUND if the connection has ended or was replaced, BAD_USER_INPUT for SDP that does not fit the offer */
  async answerVoice(roomId: string, userId: string, connectionId: string, sdp: string): Promise<void> {
    const { problem } = await this.ask({ id: newId(), kind: 'ANSWER', roomId, userId, connectionId, sdp });
    if (problem === 'UNKNOWN_CONNECTION') throw notFound('Voice connection');
    if (problem) throw badUserInput({ sdp: 'sdp must be an answer to the offer.' });
  }

  private async ask(request: VoiceRequest): Promise<VoiceReply> {
    const processId = await this.registry.processOf(request.roomId);
    if (processId === undefined) throw unavailable();
    const { promise, resolve, reject } = Promise.withResolvers<VoiceReply>();
    promise.catch(() => undefined); // the request itself may fail first
    const stop = await this.bell.listenSignal<VoiceReply>(replyTopic(request.id), resolve);
    const timer = setTimeout(() => reject(unavailable()), REPLY_MS);
    try {
      await this.bell.signal(requestTopic(processId), request);
      return await promise;
    } finally {
      clearTimeout(timer);
      stop();
    }
  }
}
