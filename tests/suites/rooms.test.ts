/** All tests of rooms. */
import { runTogether } from './run-together';

runTogether('subgraphs/rooms/src/**/*.test.ts');
