// One line per file; the generated ABIs stay behind their subpath (`@milepost/protocol/generated/abi`).
export * from './money.js';
export * from './decision.js';
export * from './status.js';
export * from './units.js';
export * from './canonical.js';
export * from './manifest.js';
export * from './criteria.js';
export * from './acceptance-checks.js';
export * from './acceptance-result.js';
export * from './report.js';
export * from './judge/acceptance-suite.js';
export * from './rewards.js';
export * from './reputation.js';
export * from './gate-policy.js';
export * from './policy-draft.js';
export * from './ballot.js';
export * from './arbitration-policy.js';
