export * from './calls.js';
export * from './types.js';
export { exitOf, finalBy, isFinal, milestoneOf, type Exit } from './clocks.js';
export { findReview, keptState, latestReview, reviewState } from './gate.js';
export { ledgerOf, type Ledger } from './view.js';
export { newWorld, step, type Step } from './step.js';
