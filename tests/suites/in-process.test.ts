/** The end-to-end tests that run the whole system in their own process: clients, the browser, plugins. */
import { runTogether } from './run-together';

runTogether('tests/e2e/{browser,client,plugins}/*.test.ts');
