/** The state of a thumbnail in the graph. */
import { registerEnumType } from 'type-graphql';

export enum ThumbnailStatus {
  READY = 'READY',
  PENDING = 'PENDING',
  FAILED = 'FAILED',
  OFF = 'OFF',
}

registerEnumType(ThumbnailStatus, {
  name: 'ThumbnailStatus',
  description: 'Whether an avatar has a thumbnail, and otherwise why not.',
  valuesConfig: {
    READY: { description: 'There is one.' },
    PENDING: { description: 'It is being drawn. Ask again in some seconds.' },
    FAILED: { description: 'The model could not be drawn within the limits of time and memory. Upload a simpler one.' },
    OFF: { description: 'The installation draws none, as its operator has not set CHROMIUM_COMMAND.' },
  },
});
