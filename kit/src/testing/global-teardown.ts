/** After all tests of a jest run: stops what the set-up started and removes its data. */
import './global-setup';

export = async function globalTeardown(): Promise<void> {
  await globalThis.testServices?.[Symbol.asyncDispose]();
};
