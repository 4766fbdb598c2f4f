/** The resolver of gestures. */
import { forbidden } from '@chat/kit/errors';
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { RoomsContext } from '../context';
import { RecognizeGestureInput } from './gesture.input';
import { RecognizedGesture } from './gesture.type';

@Resolver()
export class GestureResolver {
  @Mutation(() => RecognizedGesture, {
    description:
      'Recognises a gesture from hand landmarks. With a room, its followers receive gestures with a confidence of 0.6 and more, except STILL and MOVING. FORBIDDEN without a seat in that room.',
  })
  async recognizeGesture(
    @Ctx() context: RoomsContext,
    @Arg('input', () => RecognizeGestureInput, { description: 'The landmarks.' }) input: RecognizeGestureInput,
  ): Promise<RecognizedGesture> {
    const { em, services } = context;
    const candidates = services.gestures.recognizeGesture(input);
    const [best] = candidates;
    if (input.roomId && !(await services.gestures.tellRoom(em, input.roomId, viewerOf(context).id, best!)))
      throw forbidden('Join the room first.');
    return { ...best!, candidates };
  }
}
