/** All tests of messaging. */
import { runTogether } from './run-together';

runTogether('subgraphs/messaging/src/**/*.test.ts');
