// One jest project for the whole repository: TypeScript through swc, workspaces by their sources, one PostgreSQL and one Redis a run.
const { availableParallelism } = require('node:os');
const inSuites = require('./tests/suites/in-suites.json');
const notBehindProxies = require('./tests/suites/not-behind-proxies.json');

// If no file is named, the tests of each package run together (tests/suites): loading modules for every file, and counting their
// coverage, takes longer than the tests. A file that is named or watched runs alone.
const isNamed = process.argv.slice(2).some((argument) => !argument.startsWith('-') || argument.startsWith('--watch'));
const alone = [
  '<rootDir>/{kit,identity-client,gateway,standalone,clients,tests}/**/*.test.ts',
  '<rootDir>/subgraphs/*/**/*.test.ts',
];
const together = [
  '<rootDir>/tests/**/*.test.ts',
  '<rootDir>/kit/src/embedded/*.test.ts',
  ...inSuites.map((folder) => `!**/${folder}`),
];

module.exports = {
  rootDir: __dirname,
  testMatch: isNamed ? alone : together,
  testSequencer: '<rootDir>/tests/suites/longest-first.cjs',
  // `npm run test:proxies` runs the end-to-end tests behind nginx and HAProxy, except these.
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    ...(process.env.BEHIND_PROXY ? Object.keys(notBehindProxies) : []),
  ],
  transform: { '^.+\\.ts$': '@swc/jest' },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'require', 'node', 'default'] },
  // Many tests start processes, which takes long on a busy machine.
  testTimeout: 120_000,
  // A worker uses half a processor on average, because tests wait for processes, servers and deadlines.
  maxWorkers: 2 * availableParallelism(),
  globalSetup: '<rootDir>/kit/src/testing/global-setup.ts',
  globalTeardown: '<rootDir>/kit/src/testing/global-teardown.ts',
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{kit,identity-client,gateway,standalone}/src/**/*.ts',
    'subgraphs/*/src/**/*.ts',
    'clients/chat-client/src/**/*.ts',
    '!**/*.test.ts',
    '!**/testing/**',
  ],
};
