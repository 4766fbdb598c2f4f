/** All tests of identity. */
import { runTogether } from './run-together';

runTogether('subgraphs/identity/src/**/*.test.ts');
