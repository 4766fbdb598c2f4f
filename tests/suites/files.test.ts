/** All tests of files but those of uploads and stores. */
import { runTogether } from './run-together';

runTogether('subgraphs/files/src/**/*.test.ts', ['subgraphs/files/src/{storage,uploads}/*.test.ts']);
