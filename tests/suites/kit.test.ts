/** All tests of the kit and of identity-client. */
import { runTogether } from './run-together';

runTogether('identity-client/src/**/*.test.ts');
runTogether('kit/src/**/*.test.ts', ['kit/src/embedded/*.test.ts']);
