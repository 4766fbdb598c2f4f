// One jest project for the whole repository: TypeScript through swc, workspaces by their sources, one PostgreSQL and one Redis a run.
module.exports = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/{kit,gateway,standalone,tests}/**/*.test.ts', '<rootDir>/subgraphs/*/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'require', 'node', 'default'] },
  testTimeout: 30_000,
  // Half of the time goes into waiting for servers; one worker per processor, and not one less.
  maxWorkers: '100%',
  globalSetup: '<rootDir>/kit/src/testing/global-setup.ts',
  globalTeardown: '<rootDir>/kit/src/testing/global-teardown.ts',
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{kit,gateway,standalone}/src/**/*.ts',
    'subgraphs/*/src/**/*.ts',
    '!**/*.test.ts',
    '!**/testing/**',
  ],
};
