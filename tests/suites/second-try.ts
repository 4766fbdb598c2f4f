/** Real servers on machines that others use too: a test that fails is tried once more, its first failure is printed, and a second one counts. */
jest.retryTimes(1, { logErrorsBeforeRetry: true });
