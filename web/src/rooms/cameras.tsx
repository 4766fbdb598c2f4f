/** The cameras of the people in a room, and the switch of the own one. Voices are played elsewhere. */
import { useEffect, useRef } from 'react';
import type { Person, RoomSession } from './room-session';

interface Props {
  room: RoomSession;
  people: readonly Person[];
  cameras: ReadonlyMap<string, MediaStream>;
}

export function Cameras({ room, people, cameras }: Props) {
  const isShown = cameras.has(room.ownId);
  const toggle = () => room.showCamera(!isShown).catch((error: Error) => room.fail(`Camera: ${error.message}`));
  return (
    <>
      <h2>Cameras</h2>
      <button onClick={() => void toggle()}>{isShown ? 'Hide my camera' : 'Show my camera'}</button>
      {[...cameras].map(([userId, stream]) => (
        <Camera key={userId} stream={stream} name={people.find(({ id }) => id === userId)?.displayName ?? ''} />
      ))}
    </>
  );
}

function Camera({ stream, name }: { stream: MediaStream; name: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current!;
    element.muted = true; // before it plays, which an element with sound may not do by itself
    element.srcObject = stream;
    element.play().catch(() => undefined); // it has left the page
  }, [stream]);
  return <video ref={video} className="camera" playsInline aria-label={`Camera of ${name}`} />;
}
