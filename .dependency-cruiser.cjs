// `npm run cycles`: no import cycle between files, type imports included. The arrows between packages are in eslint.config.mjs.
module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Move the shared part into a file of its own that both import.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // features.ts lists manifests only. A context's type comes from that list, and resolvers read the context: left in, every feature
    // would be in a cycle of types.
    exclude: { path: 'node_modules|/dist/|bench/peers|subgraphs/[^/]+/src/features\\.ts$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default'],
    },
  },
};
