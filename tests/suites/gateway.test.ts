/** All tests of the gateway. */
import { runTogether } from './run-together';

runTogether('gateway/src/**/*.test.ts');
