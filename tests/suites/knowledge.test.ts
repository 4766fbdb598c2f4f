/** All tests of knowledge. */
import { runTogether } from './run-together';

runTogether('subgraphs/knowledge/src/**/*.test.ts');
