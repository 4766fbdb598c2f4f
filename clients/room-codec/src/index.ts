/** The codec of `RoomFrame.packed`. docs/rooms.md specifies the format. */
export { ANIMATIONS, EXPRESSIONS, UNLISTED, animationAt, expressionAt, indexOfName } from './names';
export { packFrame, unpackFrame, type NamesRow, type PackedFrame, type PoseRow } from './frame';
export { MAX_DISTANCE, quantizePosition, quantizeRotation } from './quantize';
export { packRotation, unpackRotation, type Rotation } from './rotation';
export { RoomView, type FramePart, type ViewedPose } from './room-view';
