/** All conformance tests. */
import { runTogether } from './run-together';

runTogether('tests/conformance/**/*.test.ts');
