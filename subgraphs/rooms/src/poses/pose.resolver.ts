/** Resolvers of movements and frames. No SQL and no permission logic. */
import { badUserInput, forbidden } from '@chat/kit/errors';
import { viewerOf } from '@chat/kit/graphql/context';
import { paced, VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { textArgument } from '@chat/kit/graphql/text';
import {
  Arg,
  Ctx,
  Directive,
  ID,
  Int,
  Mutation,
  Resolver,
  Root,
  Subscription,
  type SubscribeResolverData,
} from 'type-graphql';
import type { RoomsContext } from '../context';
import type { Frame } from './frame';
import { TICK_HZ } from './frame-stream';
import { RoomFrame } from './frame.type';
import { MoveInput } from './pose.input';

/** Moves of one connection per second. */
const MOVES_PER_SECOND = 30;

interface FrameArguments {
  roomId: string;
  maxHz?: number | null;
  everything: boolean;
}

@Resolver()
export class PoseResolver {
  @Directive(paced(MOVES_PER_SECOND))
  @Mutation(() => Boolean, {
    description: `Moves the viewer's avatar. Each connection has ${MOVES_PER_SECOND} moves a second, apart from other limits. FORBIDDEN without a seat in the room; CONFLICT if another connection of the account has joined since.`,
  })
  async move(
    @Ctx() context: RoomsContext,
    @Arg('input', () => MoveInput, { description: 'The next pose.' }) input: MoveInput,
  ): Promise<boolean> {
    const mover = { userId: viewerOf(context).id, connection: context.connection };
    if (await context.services.poses.move(mover, input)) return true;
    await context.loaders.room.requireRoom(input.roomId); // NOT_FOUND comes first
    throw forbidden('Join the room first.');
  }

  @Mutation(() => Boolean, {
    description:
      "Plays an animation of the catalogue or of the avatar's model. FORBIDDEN without a seat in the room; BAD_USER_INPUT for unknown names.",
  })
  async playAnimation(
    @Ctx() context: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) roomId: string,
    @Arg('name', () => String, {
      validateFn: textArgument('name', { max: 40 }),
      description: 'The name of the animation: at most 40 characters.',
    })
    name: string,
  ): Promise<boolean> {
    const { loaders, services } = context;
    const viewer = viewerOf(context);
    const { room } = await loaders.room.requireRoom(roomId);
    const seat = await services.seats.seatOf(room.id, viewer.id);
    if (!seat) throw forbidden('Join the room first.');
    const avatar = await loaders.avatars.shown(seat.avatarId);
    if (!(await loaders.avatars.canPlay(avatar, name)))
      throw badUserInput({ name: 'The avatar has no animation of this name.' });
    const mover = { userId: viewer.id, connection: context.connection };
    if (await services.poses.express(mover, room.id, { animation: name })) return true;
    throw forbidden('Join the room first.');
  }

  @Directive(VIEWER_DEPENDENT)
  @Subscription(() => RoomFrame, {
    description: `Poses as they change, up to ${TICK_HZ} frames a second. The first frame is full. The nearest twelve occupants are in every frame, further ones in up to four frames a second. A client that reads slowly loses frames and gets a full one.`,
    subscribe: async ({ args, context }: SubscribeResolverData<unknown, FrameArguments, RoomsContext>) => {
      const { viewer, connection, services } = context;
      const hz = args.maxHz ?? TICK_HZ;
      if (hz < 1) throw badUserInput({ maxHz: 'maxHz must be at least 1.' });
      const roomId = args.roomId.toLowerCase();
      const userId = viewer?.id;
      const isWatching = userId !== undefined && connection !== undefined;
      if (isWatching) await services.seats.watch(roomId, userId, connection).catch(() => undefined);
      const frames = services.frames.follow(roomId, {
        userId,
        hz: Math.min(hz, TICK_HZ),
        isEverything: args.everything,
      });
      return isWatching
        ? frames.onEnd(() => void services.seats.unwatch(roomId, userId, connection).catch(() => undefined))
        : frames;
    },
  })
  roomFrames(
    @Root() frame: Frame,
    @Arg('roomId', () => ID, { description: 'The room.' }) _roomId: string,
    @Arg('maxHz', () => Int, {
      nullable: true,
      description: `The most frames per second, ${TICK_HZ} by default; rounded down to 20, 10, 6.7, 5, 4, …`,
    })
    _maxHz?: number | null,
    @Arg('everything', () => Boolean, {
      defaultValue: false,
      description: 'All changes in every frame, however far away. The frames of a crowd are then large.',
    })
    _everything?: boolean,
  ): RoomFrame {
    return frame as unknown as RoomFrame;
  }
}
