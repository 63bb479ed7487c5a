import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '**/artifacts/**',
      '**/cache/**',
      '**/out/**',
      '**/generated/**',
      '**/.milepost/**',
      '**/routeTree.gen.ts',
      '**/schema.d.ts',
      'oracle/workflow/**/*.bundle.js',
      'test-results/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearTimeout: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
      },
    },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/no-extraneous-class': 'off', // Nest modules are empty classes
      'no-control-regex': 'off', // refusing control characters is what those expressions are for
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.object.name=/^(it|test|describe)$/][callee.property.name=/^(skip|only|todo)$/]',
          message: 'No skipped or focused tests.',
        },
      ],
    },
  },
  {
    files: ['{backend,oracle,packages,test}/**/*.ts', 'client-portal/src/**/*.{ts,tsx}'],
    ignores: [
      '**/testing/**',
      '**/*.spec.ts',
      '**/*.spec.tsx',
      'client-portal/vite.config.ts',
      'client-portal/vite/**',
      'oracle/workflow/**',
      'oracle/*.ts',
      'packages/protocol/vectors/**',
      'packages/tlog/bin/**',
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.spec.tsx'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' }, // a missing value fails the test by itself
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable' } } },
  {
    files: ['client-portal/public/**'],
    languageOptions: { globals: { localStorage: 'readonly', document: 'readonly' } },
  },
);
