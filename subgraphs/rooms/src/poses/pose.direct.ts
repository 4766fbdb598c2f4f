/** `move` without GraphQL's layers: the check of its input and access in one pass. Whatever is not plainly right is left to pose.resolver.ts. */
import { CLIENT_CONNECTION_HEADER } from '@chat/kit/auth/client';
import { hasOnly, type DirectMutation } from '@chat/kit/graphql/direct-mutation';
import { hasWriteScope } from '@chat/kit/graphql/policy';
import { MAX_DISTANCE } from '@chat/room-codec';
import { MAX_SCALE } from '../spatial/transform.input';
import type { MoveInput } from './pose.input';
import type { PoseService } from './pose.service';

/** @returns a mutation that does not answer if the account has no seat */
export function directMove(poses: Pick<PoseService, 'move'>): DirectMutation {
  return (input, { viewer, headers }) => {
    if (!hasWriteScope(viewer) || !isPlainMove(input)) return undefined;
    const mover = { userId: viewer.id, connection: headers[CLIENT_CONNECTION_HEADER] || undefined };
    return poses.move(mover, input).then((isMoved) => isMoved || undefined);
  };
}

/** Part of the names that {@link MoveInput} takes. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}$/;

/** Whether the input is certainly valid, and means itself. */
export function isPlainMove(input: unknown): input is MoveInput {
  if (!hasOnly(input, MOVE_FIELDS)) return false;
  const { roomId, position, rotation, animation, expression } = input;
  return (
    typeof roomId === 'string' &&
    hasOnly(position, VECTOR_FIELDS) &&
    isWithin(position['x'], MAX_DISTANCE) &&
    isWithin(position['y'], MAX_DISTANCE) &&
    isWithin(position['z'], MAX_DISTANCE) &&
    (rotation == null || isPlainRotation(rotation)) &&
    (animation == null || isPlainName(animation)) &&
    (expression == null || isPlainName(expression))
  );
}

const MOVE_FIELDS = new Set(['roomId', 'position', 'rotation', 'animation', 'expression']);
const VECTOR_FIELDS = new Set(['x', 'y', 'z']);
const ROTATION_FIELDS = new Set(['x', 'y', 'z', 'w']);

const isPlainRotation = (value: unknown): boolean =>
  hasOnly(value, ROTATION_FIELDS) &&
  isWithin(value['x'], MAX_SCALE) &&
  isWithin(value['y'], MAX_SCALE) &&
  isWithin(value['z'], MAX_SCALE) &&
  isWithin(value['w'], MAX_SCALE);

const isWithin = (value: unknown, bound: number): boolean => typeof value === 'number' && Math.abs(value) <= bound;

const isPlainName = (value: unknown): boolean => typeof value === 'string' && PLAIN_NAME.test(value);
