/** All tests of the kit. */
import { runTogether } from './run-together';

runTogether('kit/src/**/*.test.ts', ['kit/src/embedded/*.test.ts']);
