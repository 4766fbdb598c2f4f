/** All tests of the published packages for clients. Those against a real gateway are in tests/e2e/client. */
import { runTogether } from './run-together';

runTogether('clients/chat-client/src/**/*.test.ts');
runTogether('clients/room-codec/src/**/*.test.ts');
