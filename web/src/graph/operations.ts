/** The operations of the room page. */

export const ROOM = `query ($id: ID!) { room(id: $id) { id name environment capacity
  objects { id kind state transform { position { x y z } } }
  occupants { user { id displayName } slot avatar { id name modelUrl parts { slot color } } pose { position { x y z } } } } }`;
export const CLIPS = 'query ($id: ID!) { room(id: $id) { occupants { user { id } pose { animation } } } }';
export const ANIMATIONS = '{ avatarAnimations { name } myAvatars { active animations { name } } }';
export const PLAY = 'mutation ($roomId: ID!, $name: String!) { playAnimation(roomId: $roomId, name: $name) }';
export const JOIN = `mutation ($roomId: ID!, $showsMood: Boolean!) { joinRoom(roomId: $roomId, showsMood: $showsMood) {
  epoch slot pose { position { x y z } } iceServers { urls username credential } } }`;
export const LEAVE = 'mutation ($roomId: ID!) { leaveRoom(roomId: $roomId) }';
export const MOVE = 'mutation ($input: MoveInput!) { move(input: $input) }';
export const FRAMES =
  'subscription ($roomId: ID!) { roomFrames(roomId: $roomId) { packed joined { slot userId } left } }';
export const EVENTS = `subscription ($roomId: ID!, $after: String) { roomEvents(roomId: $roomId, after: $after) { __typename cursor
  ... on OccupantJoined { user { id displayName } avatar { modelUrl parts { slot color } } }
  ... on OccupantLeft { userId }
  ... on ObjectChanged { object { id kind state } }
  ... on GesturePerformed { user { id displayName } gesture } } }`;
export const SIGNALS = 'subscription ($roomId: ID!) { signals(roomId: $roomId) { from { id } kind payload } }';
export const SEND_SIGNAL = 'mutation ($input: SendSignalInput!) { sendSignal(input: $input) }';
export const OPEN_VOICE = 'mutation ($roomId: ID!) { openVoice(roomId: $roomId) { id sdp } }';
export const ANSWER_VOICE = 'mutation ($input: AnswerVoiceInput!) { answerVoice(input: $input) }';
export const RECOGNIZE = 'mutation ($input: RecognizeGestureInput!) { recognizeGesture(input: $input) { gesture } }';
