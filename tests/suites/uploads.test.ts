/** The uploads of files. The other tests of files take as long and have a suite of their own. */
import { runTogether } from './run-together';

runTogether('subgraphs/files/src/uploads/*.test.ts');
