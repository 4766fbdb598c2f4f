/** The switch of the camera for gestures. Off until somebody presses it. */
import { useEffect, useRef, useState } from 'react';
import { startGestureCamera, type GestureCamera } from './gesture-camera';
import type { HandFrame } from './gesture-segments';

interface Props {
  recognize: (frames: HandFrame[]) => Promise<unknown>;
  onProblem: (problem: string) => void;
}

type State = 'off' | 'starting' | 'on';

const LABELS: Record<State, string> = {
  off: 'Recognise gestures by camera',
  starting: 'The camera starts …',
  on: 'Stop the camera',
};

export function CameraSwitch({ recognize, onProblem }: Props) {
  const [state, setState] = useState<State>('off');
  const camera = useRef<GestureCamera>(undefined);
  useEffect(() => () => camera.current?.stop(), []);

  const toggle = async () => {
    if (state === 'on') {
      camera.current?.stop();
      setState('off');
      return;
    }
    setState('starting');
    try {
      camera.current = await startGestureCamera(recognize);
      setState('on');
    } catch (error) {
      onProblem(`Camera: ${(error as Error).message}`);
      setState('off');
    }
  };
  return (
    <button disabled={state === 'starting'} onClick={() => void toggle()}>
      {LABELS[state]}
    </button>
  );
}
