/** All tests of files but those of uploads. */
import { runTogether } from './run-together';

runTogether('subgraphs/files/src/**/*.test.ts', ['subgraphs/files/src/uploads/*.test.ts']);
