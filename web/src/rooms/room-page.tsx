/** The page of a room: its scene, its people, their cameras and gestures. Arrow keys move the own avatar. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { CameraSwitch } from '../gestures/camera-switch';
import type { Clients } from '../graph/client';
import type { Place } from '../session/place';
import { Cameras } from './cameras';
import { RoomSession } from './room-session';
import { Stage } from './stage';

/** Metres per key press. */
const STEP = 0.4;
const STEPS: Record<string, [x: number, z: number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

interface Props {
  place: Place;
  clients: Clients;
}

const microphoneIfAllowed = (): Promise<MediaStream | undefined> =>
  navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => undefined);

export function RoomPage({ place, clients }: Props) {
  const [room] = useState(() => new RoomSession(place, clients));
  const { name, people, gestures, animations, cameras, problem } = useSyncExternalStore(
    room.listen,
    () => room.snapshot,
  );
  const stage = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const shown = new Stage(stage.current!, room.view, room);
    Object.assign(window, { room, stage: shown }); // for tests and curious people
    const unlisten = [room.onFrame(() => shown.changed()), room.listen(() => shown.changed())];
    void microphoneIfAllowed()
      .then((microphone) => room.enter(microphone))
      .catch((error: Error) => room.fail(error.message));
    const onKey = ({ key }: KeyboardEvent) => {
      const step = STEPS[key];
      if (step) room.moveTo({ ...room.position, x: room.position.x + step[0], z: room.position.z + step[1] });
    };
    addEventListener('keydown', onKey);
    const onHide = () => void room.leave();
    addEventListener('pagehide', onHide);
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('pagehide', onHide);
      for (const end of unlisten) end();
      shown.dispose();
      void room.leave();
    };
  }, [room]);

  return (
    <main className="room">
      <div className="stage" ref={stage} />
      <aside className="panel">
        <h1>{name || 'Room'}</h1>
        {problem && <p role="alert">{problem}</p>}
        <h2>People</h2>
        <ul aria-label="People">
          {people.map((person) => (
            <li key={person.id}>{person.displayName}</li>
          ))}
        </ul>
        <h2>Animations</h2>
        <select aria-label="Animations" value="" onChange={({ target }) => room.play(target.value)}>
          <option value="" disabled>
            Play…
          </option>
          {animations.map((animation) => (
            <option key={animation}>{animation}</option>
          ))}
        </select>
        <Cameras room={room} people={people} cameras={cameras} />
        <h2>Gestures</h2>
        <CameraSwitch recognize={room.recognize} onProblem={(text) => room.fail(text)} />
        <ul aria-label="Gestures">
          {gestures.map(({ userId, gesture }, index) => (
            <li key={index}>
              {people.find(({ id }) => id === userId)?.displayName}: {gesture}
            </li>
          ))}
        </ul>
      </aside>
    </main>
  );
}
