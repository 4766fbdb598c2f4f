// Type-aware checks, the import directions of docs/architecture.md, and the rules of CONTRIBUTING.md.
import js from '@eslint/js';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import { graphqlConfigs } from './eslint.graphql.mjs';

/** Requires a comment in the first line of a file, with the file's content and its limits. */
const openingComment = {
  create: (context) => ({
    Program(node) {
      const first = context.sourceCode.getAllComments()[0];
      if (!first || first.loc.start.line !== 1) {
        context.report({
          node,
          loc: { line: 1, column: 0 },
          message: 'Open the file with a comment that states its content.',
        });
      }
    },
  }),
};

/** Forbids imports in `files` that match one of the expressions. */
const arrow = (files, ...forbidden) => ({
  files,
  ignores: ['**/*.test.ts', '**/testing/**'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: forbidden.map(([regex, message]) => ({ regex, message })) },
    ],
  },
});

const FOLDERS = [
  'kit',
  'identity-client',
  'gateway',
  'subgraphs',
  'standalone',
  ...readdirSync(join(import.meta.dirname, 'subgraphs')),
];

const onlyKit = (layer) => [
  [
    '^@chat/(?!(kit|identity-client)/|(room-codec|plugin-api)$)',
    `${layer} depends on the kit, identity-client and published codecs and types only.`,
  ],
  // A feature's folder may have the name of a package, as in `../files/file.type`.
  [`^(\\.\\./)+(subgraphs/)?(${FOLDERS.join('|')})/src/`, 'Import other packages by name.'],
];

/** Layers of the gateway in the order of a request. A folder may import itself and the layers after its own. */
const GATEWAY_ORDER = [
  ['transports'],
  ['operations'],
  ['auth', 'limits', 'telemetry'],
  ['subscriptions'],
  ['execution'],
  ['planning'],
  ['supergraph'],
];

const gatewayArrows = GATEWAY_ORDER.flatMap((folders, index) => {
  const above = GATEWAY_ORDER.slice(0, index).flat();
  if (above.length === 0) return [];
  const backwards = [`^(\\.\\./)+(${above.join('|')})/`, `${folders.join(' and ')} must not know ${above.join(', ')}.`];
  return folders.map((folder) => arrow([`gateway/src/${folder}/**/*.ts`], ...onlyKit('The gateway'), backwards));
});

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '**/generated/',
      'coverage/',
      '.cache/',
      'data/',
      'bench/node_modules/',
      '**/examples/*/assembly/',
    ],
  },
  { files: ['**/*.{js,cjs,mjs,ts,tsx}'], ...js.configs.recommended },
  ...graphqlConfigs,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { chat: { rules: { 'opening-comment': openingComment } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'chat/opening-comment': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that one grep finds every use.' },
        { selector: 'TSEnumDeclaration[const=true]', message: 'Use a union of strings.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings are read once, in config.ts.' },
      ],
      'no-console': 'error',
      // A method may be async because its interface is.
      '@typescript-eslint/require-await': 'off',
      // The kinds of graphql-js are an enum and at the same time plain strings.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNever: true },
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },

  arrow(['kit/src/**/*.ts'], ['^@chat/', 'The kit is the ground: it depends on no other package of ours.']),
  arrow(['clients/chat-client/src/**/*.ts'], ['^@chat/', 'The published client depends on no other package of ours.']),
  arrow(['clients/room-codec/src/**/*.ts'], ['^@chat/', 'The published codec depends on no other package of ours.']),
  arrow(['clients/plugin-api/src/**/*.ts'], ['^@chat/', 'The published types depend on no other package of ours.']),
  arrow(['clients/examples/src/**/*.{ts,tsx}'], ['^@chat/(?!client$)', 'Examples use the published client only.']),
  arrow(['identity-client/src/**/*.ts'], ['^@chat/(?!kit/)', 'identity-client depends on the kit only.']),
  arrow(['gateway/src/**/*.ts'], ...onlyKit('The gateway')),
  ...gatewayArrows,
  arrow(['subgraphs/*/src/**/*.ts'], ...onlyKit('A subgraph')),
  arrow(['subgraphs/*/src/*/**/*.ts'], ...onlyKit('A subgraph'), [
    '^(\\.\\./)+(main|index|definition|create-[a-z-]+)$',
    'A feature must not import the composition root.',
  ]),
  arrow(['subgraphs/*/src/{definition,context,create-*}.ts'], ...onlyKit('A subgraph'), [
    '^\\./(main|index)$',
    'A subgraph must not import its process.',
  ]),
  {
    // type-graphql and MikroORM both read types from decorated classes at run time: an import type would be lost to them.
    files: ['subgraphs/*/src/**/*.ts', 'kit/src/graphql/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['**/config.ts', 'scripts/**', 'bench/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['scripts/**', 'bench/**', 'clients/examples/**'], rules: { 'no-console': 'off' } },
  {
    files: ['scripts/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'pg',
              importNames: ['Client'],
              allowTypeImports: true,
              message: 'Use openClient of the kit: a bare client ends the process if the server closes the connection.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/testing/**', 'tests/**'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        module: 'writable',
        require: 'readonly',
        __dirname: 'readonly',
        process: 'readonly',
        console: 'readonly',
      },
    },
  },
  {
    // Loaded by the page of GraphiQL.
    files: ['gateway/assets/start.js'],
    languageOptions: {
      sourceType: 'script',
      globals: Object.fromEntries(
        ['BroadcastChannel', 'GraphiQL', 'React', 'ReactDOM', 'crypto', 'document', 'fetch', 'location'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
  {
    // Loaded by the pages behind mailed links.
    files: ['gateway/assets/mailed.js'],
    languageOptions: {
      sourceType: 'module',
      globals: Object.fromEntries(
        ['FormData', 'URLSearchParams', 'document', 'fetch', 'history', 'location', 'navigator'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
  {
    files: ['subgraphs/plugins/examples/**/*.js', 'clients/plugin-api/template/*.js'],
    languageOptions: { sourceType: 'module', globals: { console: 'readonly' } },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
);
