/** Resolvers of connections to the voice process. */
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { RoomsContext } from '../context';
import { AnswerVoiceInput, VoiceOffer } from './voice.type';

@Resolver()
export class VoiceResolver {
  @Mutation(() => VoiceOffer, {
    description:
      'Opens a connection to the process that forwards the loudest voices within earshot, and replaces an earlier one of the account in the room. FORBIDDEN without a seat; CONFLICT if another connection of the account has joined since; SERVICE_UNAVAILABLE if the installation has no such process, so that clients connect by sendSignal.',
  })
  openVoice(
    @Ctx() context: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
  ): Promise<VoiceOffer> {
    const opener = { userId: viewerOf(context).id, connection: context.connection };
    return context.services.voice.openVoice(roomId.toLowerCase(), opener);
  }

  @Mutation(() => Boolean, {
    description:
      'Answers the offer of openVoice. NOT_FOUND if the connection has ended; BAD_USER_INPUT if the answer does not fit.',
  })
  async answerVoice(
    @Ctx() context: RoomsContext,
    @Arg('input', () => AnswerVoiceInput, { description: 'The answer.' }) input: AnswerVoiceInput,
  ): Promise<boolean> {
    const { roomId, connectionId, sdp } = input;
    await context.services.voice.answerVoice(
      roomId.toLowerCase(),
      viewerOf(context).id,
      connectionId.toLowerCase(),
      sdp,
    );
    return true;
  }
}
