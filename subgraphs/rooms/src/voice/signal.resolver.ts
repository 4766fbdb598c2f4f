/** Resolvers of signals. */
import { forbidden } from '@chat/kit/errors';
import { viewerOf } from '@chat/kit/graphql/context';
import { HOUSEKEEPING, VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Mutation,
  Resolver,
  Root,
  Subscription,
  type SubscribeResolverData,
} from 'type-graphql';
import type { RoomsContext } from '../context';
import { User } from '../users/user.type';
import type { SentSignal } from './signal.service';
import { SendSignalInput, Signal } from './signal.type';

@Resolver(() => Signal)
export class SignalResolver {
  @FieldResolver(() => User, { description: 'The sender.' })
  from(@Root() { fromId }: SentSignal): User {
    return { id: fromId };
  }

  @Directive(HOUSEKEEPING)
  @Mutation(() => Boolean, {
    description:
      'Sends a signal of WebRTC to another occupant. FORBIDDEN without a seat in the room; CONFLICT if another connection of the account has joined since; NOT_FOUND if the receiver has none. Signals are not stored: a receiver that does not listen misses them.',
  })
  async sendSignal(
    @Ctx() context: RoomsContext,
    @Arg('input', () => SendSignalInput, { description: 'The signal.' }) input: SendSignalInput,
  ): Promise<boolean> {
    const sender = { userId: viewerOf(context).id, connection: context.connection };
    if (await context.services.signals.sendSignal(sender, input)) return true;
    throw forbidden('Join the room first.');
  }

  @Directive(VIEWER_DEPENDENT)
  @Directive(HOUSEKEEPING)
  @Subscription(() => Signal, {
    description:
      'Signals of other occupants to the viewer, from now on. If a connection of the account holds its seat, its other connections get none.',
    subscribe: ({ args, context }: SubscribeResolverData<unknown, { roomId: string }, RoomsContext>) =>
      context.services.signals.signalsTo(args.roomId, {
        userId: viewerOf(context).id,
        connection: context.connection,
      }),
  })
  signals(@Root() signal: SentSignal, @Arg('roomId', () => ID, { description: 'The room.' }) _roomId: string): Signal {
    return signal;
  }
}
