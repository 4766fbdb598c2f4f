/** For single tests of files that run behind a proxy; tests/suites/not-behind-proxies.json has the files that do not. */
import { behindProxy } from './behind-proxy';

/** A test of what only one process has, or of bytes that TLS hides; skipped behind a proxy. */
export const inOneProcess = behindProxy() ? test.skip : test;
