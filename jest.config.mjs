// One Jest project per workspace. Specs stand beside the code; other workspaces are used as built.
const project = (name, dir, extra = {}) => ({
  displayName: name,
  rootDir: dir,
  testMatch: ['<rootDir>/**/*.spec.ts', '<rootDir>/**/*.spec.tsx'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/artifacts/', '/e2e/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/vendor/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', tsx: true, decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
      },
    ],
  },
  ...extra,
});

export default {
  testTimeout: 60_000, // a ceiling for hung tests, not a measurement
  projects: [
    project('protocol', 'packages/protocol'),
    project('tlog', 'packages/tlog'),
    project('oracle', 'oracle'),
    project('contracts', 'contracts'),
    project('backend', 'backend', {
      globalSetup: '<rootDir>/test-setup/postgres.mjs',
      globalTeardown: '<rootDir>/test-setup/postgres-stop.mjs',
      setupFiles: ['<rootDir>/test-setup/preload.mjs'],
    }),
    project('portal', 'client-portal'),
    project('test', 'test'),
    project('scripts', 'scripts'),
  ],
};
