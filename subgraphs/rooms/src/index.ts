/** The rooms subgraph. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { roomsVariables, type RoomsConfig } from './config';
export { createRooms } from './create-rooms';
export { voiceVariables } from './voice-process/config';

/** The subgraph's SDL, as composition reads it. */
export const printSdl = (): string => printSubgraphSdl(definition);
