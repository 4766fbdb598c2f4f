/**
 * The state machines of objects: for each kind, the actions with their effect on the state. Pure. A kind without a machine records its
 * last action, so that clients can have kinds of their own.
 */
import type { ObjectState } from './object.entity';

/** @returns the next state; a text is the reason why the action is impossible at present */
type Action = (state: ObjectState, userId: string) => ObjectState | string;

interface Machine {
  initial: ObjectState;
  actions: Record<string, Action>;
}

/** A switch between two values of one property. */
function between(property: string, turnsOn: readonly string[], turnsOff: readonly string[], says: [string, string]) {
  const set =
    (value: boolean, refusal: string): Action =>
    (state) =>
      state[property] === value ? refusal : { ...state, [property]: value };
  const toggle: Action = (state) => ({ ...state, [property]: state[property] !== true });
  return {
    initial: { [property]: false },
    actions: Object.fromEntries([
      ...turnsOn.map((name) => [name, set(true, says[0])] as const),
      ...turnsOff.map((name) => [name, set(false, says[1])] as const),
      ['toggle', toggle] as const,
    ]),
  } satisfies Machine;
}

const DOOR = between('open', ['open'], ['close'], ['It is open.', 'It is closed.']);
const LAMP = between('on', ['on', 'turnOn', 'switchOn'], ['off', 'turnOff', 'switchOff'], ['It is on.', 'It is off.']);
const SCREEN = between('playing', ['play'], ['pause', 'stop'], ['It is playing.', 'It is not playing.']);

const CHAIR: Machine = {
  initial: { occupiedBy: null },
  actions: {
    sit: (state, userId) =>
      state['occupiedBy'] == null || state['occupiedBy'] === userId
        ? { ...state, occupiedBy: userId }
        : 'Somebody sits here.',
    stand: (state, userId) =>
      state['occupiedBy'] === userId ? { ...state, occupiedBy: null } : 'You do not sit here.',
  },
};

const BUTTON: Machine = {
  initial: { presses: 0 },
  actions: { press: (state) => ({ ...state, presses: (Number(state['presses']) || 0) + 1 }) },
};

const BALL: Machine = {
  initial: { heldBy: null },
  actions: {
    take: (state, userId) =>
      state['heldBy'] == null || state['heldBy'] === userId ? { ...state, heldBy: userId } : 'Somebody holds it.',
    drop: (state, userId) => (state['heldBy'] === userId ? { ...state, heldBy: null } : 'You do not hold it.'),
  },
};

const MACHINES: Record<string, Machine> = {
  door: DOOR,
  lamp: LAMP,
  light: LAMP,
  switch: LAMP,
  screen: SCREEN,
  chair: CHAIR,
  seat: CHAIR,
  button: BUTTON,
  ball: BALL,
};

const machineOf = (kind: string): Machine | undefined =>
  Object.hasOwn(MACHINES, kind.toLowerCase()) ? MACHINES[kind.toLowerCase()] : undefined;

export const initialState = (kind: string): ObjectState => ({ ...machineOf(kind)?.initial });

export type Interaction = { state: ObjectState } | { unknown: readonly string[] } | { impossible: string };

/** The effect of an action; `unknown` has the actions of the kind. */
export function interact(kind: string, state: ObjectState, action: string, userId: string): Interaction {
  const machine = machineOf(kind);
  if (!machine) return { state: { ...state, lastAction: action, lastActor: userId } };
  if (!Object.hasOwn(machine.actions, action)) return { unknown: Object.keys(machine.actions) };
  const next = machine.actions[action]!(state, userId);
  return typeof next === 'string' ? { impossible: next } : { state: next };
}
