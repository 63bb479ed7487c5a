// The arrows of docs/architecture.md, section "The house". A new arrow is a decision, not an accident.
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid(
      'no-circles',
      'Nothing may depend on itself through others.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    forbid(
      'packages-stand-alone',
      'packages/ know no app.',
      { path: '^packages/' },
      { path: '^(backend|client-portal|oracle|test|scripts)/' },
    ),
    forbid(
      'tlog-stands-alone',
      'The log library has no dependency at all.',
      // The two files that speak Ethereum (head key of AuditAnchor) take keccak and secp256k1 from @noble.
      { path: '^packages/tlog/src', pathNot: ['\\.spec\\.ts$', '/(head-key|secp256k1)\\.ts$'] },
      { path: '^(packages/protocol|node_modules)/' },
    ),
    forbid(
      'nobody-imports-the-backend',
      'The portal reaches it by OpenAPI, the oracle by HTTP.',
      { path: '^(client-portal|oracle|packages|contracts)/' },
      { path: '^backend/' },
    ),
    forbid(
      'nobody-imports-the-portal',
      'It is the last arrow.',
      { path: '^(backend|oracle|packages|contracts)/' },
      { path: '^client-portal/' },
    ),
    forbid(
      'platform-knows-no-feature',
      'Projections and jobs register by topic.',
      { path: '^backend/src/platform/' },
      { path: '^backend/src/modules/' },
    ),
    forbid(
      'modules-by-their-front-door',
      'Only index.ts of another module.',
      { path: '^backend/src/modules/([^/]+)/' },
      {
        path: '^backend/src/modules/',
        pathNot: ['^backend/src/modules/$1/', '^backend/src/modules/[^/]+/index\\.ts$'],
      },
    ),
    forbid(
      'domain-is-pure',
      'domain/ imports itself and packages only.',
      { path: '^backend/src/modules/[^/]+/domain/', pathNot: '\\.spec\\.ts$' },
      { pathNot: ['^backend/src/modules/[^/]+/domain/', '^packages/', 'node_modules/@milepost/'] },
    ),
    forbid(
      'features-are-islands',
      'Portal features never import each other.',
      { path: '^client-portal/src/features/([^/]+)/' },
      { path: '^client-portal/src/features/', pathNot: '^client-portal/src/features/$1/' },
    ),
    forbid(
      'kit-knows-nothing',
      'src/ui knows no feature, API or chain.',
      { path: '^client-portal/src/ui/' },
      { path: '^client-portal/src/(features|api|chain|routes)/' },
    ),
    forbid(
      'chain-library-in-one-place',
      'wagmi and viem only in src/chain.',
      { path: '^client-portal/src/', pathNot: ['^client-portal/src/chain/', '\\.spec\\.tsx?$'] },
      { path: 'node_modules/(viem|wagmi)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/artifacts/|/cache/|/out/|routeTree\\.gen)' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
