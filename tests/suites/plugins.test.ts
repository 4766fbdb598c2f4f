/** All tests of plugins. */
import { runTogether } from './run-together';

runTogether('subgraphs/plugins/src/**/*.test.ts');
