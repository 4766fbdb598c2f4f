/** After all tests of a jest run: stops the servers of the set-up and removes their data. */
import './global-setup';

export = async function globalTeardown(): Promise<void> {
  await globalThis.testServices?.[Symbol.asyncDispose]();
};
