/** Rooms in the contract's operations: created, joined, moved in, furnished and left, with poses, events, gestures and signals. */
import { eventually } from '@chat/kit/testing/eventually';
import { skinModel } from '../../../subgraphs/rooms/src/avatars/skin-model';
import type { Variables } from '@chat/kit/testing/person';
import { contractOperation } from '../harness/contract';
import { OPEN_HAND } from '../harness/open-hand';
import type { Data, Person } from '../harness/person';
import type { System } from '../harness/system';

const AT = { position: { x: 1, y: 0, z: 2 } };

/** An open right hand, seen from its palm: wrist, then four points of each finger. */
export function rooms(system: System): void {
  let ada: Person;
  let bob: Person;
  let roomId: string;
  beforeAll(async () => {
    [ada, bob] = await system.people('ada', 'bob');
    roomId = (await ada.does('CreateRoom', { input: { name: 'Plaza', capacity: 3, persistent: false } })).id;
  });

  test('rooms are listed with their occupants', async () => {
    const { edges, pageInfo } = await bob.does('Rooms', { first: 10 });
    expect(edges).toEqual([{ node: { id: roomId, name: 'Plaza', occupantCount: 0, capacity: 3 } }]);
    expect(pageInfo.hasNextPage).toBe(false);
    expect(await bob.isRefused('CreateRoom', { input: { name: 'Plaza', capacity: -1 } })).toMatchObject({
      fields: { capacity: expect.any(String) },
    });
  });

  test('occupants join, move, are seen and leave', async () => {
    const events = await bob.follows('RoomEvents', { roomId });
    await events.hasBegun(
      () => ada.does('JoinRoom', { roomId }),
      ({ __typename, user }) => __typename === 'OccupantJoined' && user.id === ada.id,
    );
    expect(await ada.does('JoinRoom', { roomId })).toMatchObject({
      room: { id: roomId },
      pose: { position: { x: 0 } },
    });
    const frames = await bob.follows('RoomFrames', { roomId, maxHz: 20 });
    await frames.until(({ poses }) => poses.some(({ userId }: Data) => userId === ada.id));
    const moved = frames.until(({ poses }) => poses.some(({ position }: Data) => position.x === 1));
    expect(await ada.does('Move', { input: { roomId, ...AT, animation: 'walk', expression: 'happy' } })).toBe(true);
    const frame = await moved;
    expect(frame.poses).toEqual([
      { userId: ada.id, ...AT, rotation: { x: 0, y: 0, z: 0, w: 1 }, animation: 'walk', expression: 'happy' },
    ]);
    expect(await bob.does('Room', { id: roomId })).toMatchObject({
      occupants: [{ user: { id: ada.id, displayName: ada.displayName }, pose: { ...AT, animation: 'walk' } }],
    });
    expect(await bob.isRefused('Move', { input: { roomId, ...AT } })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ada.does('PlayAnimation', { roomId, name: 'wave' })).toBe(true);
    await frames.until(({ poses }) => poses.some(({ animation }: Data) => animation === 'wave'));
    expect(await ada.does('LeaveRoom', { roomId })).toBe(true);
    await frames.until(({ left }) => left.includes(ada.id));
    await events.until(({ __typename, userId }) => __typename === 'OccupantLeft' && userId === ada.id);
    await frames.end();
    await events.end();
  });

  test('a connection moves on while it follows, and of 1,000 moves at once it has its budget only', async () => {
    const over = async (name: string, variables: object): Promise<Data> => {
      const { text: query, field } = contractOperation(name);
      for await (const { data, errors } of ada.socket.iterate({ query, variables: variables as Variables }))
        return errors?.[0]?.extensions ?? data?.[field];
      throw new Error('There was no answer.');
    };
    const move = (x: number) =>
      over('Move', { input: { roomId, position: { x, y: 0, z: 0 } } }).catch(([error]: Data[]) => error.extensions);
    await over('JoinRoom', { roomId });
    const frames = await ada.follows('RoomFrames', { roomId, maxHz: 20 });
    await frames.until(({ poses }) => poses.some(({ userId }: Data) => userId === ada.id));
    for (let step = 1; step <= 10; step++) expect(await move(step / 10)).toBe(true);
    expect(await move(300)).toMatchObject({ code: 'BAD_USER_INPUT' });
    await frames.until(({ poses }) => poses.some(({ position }: Data) => position.x === 1));
    const answers = await Promise.all(Array.from({ length: 1000 }, () => move(2)));
    const refusals = answers.filter((answer) => answer !== true);
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    await eventually(async () => expect(await move(3)).toBe(true), 'another move');
    await frames.until(({ poses }) => poses.some(({ position }: Data) => position.x === 3));
    await over('LeaveRoom', { roomId });
    await frames.end();
  });

  test('objects are placed, changed, used and removed', async () => {
    await ada.does('JoinRoom', { roomId });
    const door = await ada.does('PlaceObject', { input: { roomId, kind: 'door', transform: AT } });
    expect(door).toMatchObject({ kind: 'door', state: { open: false } });
    const change = { id: door.id, version: 1, state: { open: false, color: 'red' } };
    expect(await ada.does('UpdateObject', { input: change })).toMatchObject({ version: 2, state: change.state });
    expect(await ada.isRefused('UpdateObject', { input: change })).toMatchObject({ code: 'CONFLICT' });
    const used = await ada.does('Interact', { input: { objectId: door.id, action: 'open' } });
    expect(used.object.state).toEqual({ open: true, color: 'red' });
    expect(await bob.isRefused('RemoveObject', { id: door.id })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ada.does('RemoveObject', { id: door.id })).toBe(true);
    expect((await bob.does('Room', { id: roomId })).objects).toEqual([]);
  });

  test('avatars are created, customised and worn', async () => {
    const { avatarSkins, avatarAnimations } = await catalogue(bob);
    expect(avatarAnimations).toContainEqual({ name: 'wave', durationMs: expect.any(Number), loop: false });
    const [skin, other] = avatarSkins;
    const avatar = await bob.does('CreateAvatar', { input: { name: 'Bob', skinId: skin.id } });
    expect(avatar).toMatchObject({ name: 'Bob', skin: { id: skin.id } });
    const model = await fetch(avatar.modelUrl);
    expect([model.status, model.headers.get('content-type')]).toEqual([200, 'model/gltf-binary']);
    const parts = [{ slot: 'hat', assetId: 'cap', color: '#12ab9f' }];
    expect(await bob.does('CustomizeAvatar', { input: { id: avatar.id, skinId: other.id, parts } })).toMatchObject({
      skin: { id: other.id },
      parts,
    });
    expect(await ada.isRefused('CustomizeAvatar', { input: { id: avatar.id } })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await bob.does('MyAvatars')).toEqual([expect.objectContaining({ id: avatar.id, active: true })]);
    await bob.does('JoinRoom', { roomId, avatarId: avatar.id });
    const { occupants } = await ada.does('Room', { id: roomId });
    expect(occupants).toContainEqual(expect.objectContaining({ avatar: expect.objectContaining({ id: avatar.id }) }));
    expect(await ada.isRefused('JoinRoom', { roomId, avatarId: avatar.id })).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an uploaded model becomes an avatar without a change, and an invalid one does not', async () => {
    const upload = async (content: Buffer): Promise<string> => {
      const { file, uploadUrl, method, headers } = await ada.does('BeginUpload', {
        input: { name: 'avatar.glb', size: content.length, mimeType: 'model/gltf-binary' },
      });
      const given = Object.fromEntries(headers.map(({ name, value }: Data) => [name, value]));
      await fetch(uploadUrl, { method, headers: given, body: new Uint8Array(content) });
      await ada.does('CompleteUpload', { id: file.id });
      await eventually(async () => (await ada.does('File', { id: file.id })).status === 'READY', 'a READY file');
      return file.id;
    };
    const model = skinModel({ id: 'test', name: 'Test', color: [1, 0, 0] });
    const modelFileId = await upload(model);
    const avatar = await ada.does('CreateAvatar', { input: { name: 'Own', modelFileId } });
    const shown = await fetch(avatar.modelUrl);
    expect(Buffer.from(await shown.arrayBuffer()).equals(model)).toBe(true);
    const refusal = { code: 'BAD_USER_INPUT', fields: { modelFileId: expect.any(String) } };
    const input = { name: 'Not mine', modelFileId };
    expect(await bob.isRefused('CreateAvatar', { input })).toMatchObject(refusal);
    const broken = await upload(model.subarray(0, 600));
    expect(await ada.isRefused('CreateAvatar', { input: { name: 'Broken', modelFileId: broken } })).toMatchObject(
      refusal,
    );
  });

  test('a gesture is recognised and told to the room', async () => {
    await ada.does('JoinRoom', { roomId });
    const input = { roomId, frames: [{ atMs: 0, landmarks: OPEN_HAND }] };
    const events = await bob.follows('RoomEvents', { roomId });
    let answer: Data;
    await events.hasBegun(
      async () => void (answer = await ada.does('RecognizeGesture', { input })),
      ({ __typename, user, gesture }) =>
        __typename === 'GesturePerformed' && user.id === ada.id && gesture === 'OPEN_HAND',
    );
    expect(answer).toMatchObject({ gesture: 'OPEN_HAND', candidates: expect.arrayContaining([expect.anything()]) });
    await events.end();
    const short = { frames: [{ atMs: 0, landmarks: OPEN_HAND.slice(1) }] };
    expect(await ada.isRefused('RecognizeGesture', { input: short })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('signals pass between occupants', async () => {
    await ada.does('JoinRoom', { roomId });
    await bob.does('JoinRoom', { roomId });
    const signal = { roomId, toUserId: bob.id, kind: 'OFFER', payload: { sdp: 'v=0' } };
    const signals = await bob.follows('Signals', { roomId });
    await signals.hasBegun(
      () => ada.does('SendSignal', { input: signal }),
      ({ from, kind, payload }) => from.id === ada.id && kind === 'OFFER' && payload.sdp === 'v=0',
    );
    await signals.end();
    const eve = await system.person('eve');
    expect(await ada.isRefused('SendSignal', { input: { ...signal, toUserId: eve.id } })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
}

/** Both lists of the operation, which has two root fields. */
async function catalogue(person: Person): Promise<Data> {
  await person.does('AvatarCatalog');
  const { data } = await person.asks('{ avatarSkins { id name } avatarAnimations { name durationMs loop } }');
  return data;
}
