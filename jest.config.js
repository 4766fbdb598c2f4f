// One jest project for the whole repository: TypeScript through swc, workspaces by their sources, one PostgreSQL and one Redis a run.

// Where no file is named, each package's tests run together (tests/suites): loading modules anew for every file, and
// counting their coverage, took more time than the tests. A file that is named or watched runs alone.
const isNamed = process.argv.slice(2).some((argument) => !argument.startsWith('-') || argument.startsWith('--watch'));
const alone = [
  '<rootDir>/{kit,identity-client,gateway,standalone,tests}/**/*.test.ts',
  '<rootDir>/subgraphs/*/**/*.test.ts',
];
const together = ['<rootDir>/tests/**/*.test.ts', '<rootDir>/kit/src/embedded/*.test.ts'];

module.exports = {
  rootDir: __dirname,
  testMatch: isNamed ? alone : together,
  testSequencer: '<rootDir>/tests/suites/longest-first.cjs',
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'require', 'node', 'default'] },
  // Many tests start processes, which takes long where others use the processors too.
  testTimeout: 60_000,
  // Half of the time goes into waiting for servers; one worker per processor, and not one less.
  maxWorkers: '100%',
  globalSetup: '<rootDir>/kit/src/testing/global-setup.ts',
  globalTeardown: '<rootDir>/kit/src/testing/global-teardown.ts',
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{kit,identity-client,gateway,standalone}/src/**/*.ts',
    'subgraphs/*/src/**/*.ts',
    '!**/*.test.ts',
    '!**/testing/**',
  ],
};
