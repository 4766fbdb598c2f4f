/** The uploads and stores of files, which share an S3. The other tests of files take as long and have a suite of their own. */
import { runTogether } from './run-together';

runTogether('subgraphs/files/src/{storage,uploads}/*.test.ts');
