export { OversightModule } from './oversight.module.js';
export { Erasures, type ErasurePlan, type ExecutedErasure } from './application/erasures.js';
export { Holds } from './application/holds.js';
export { ERASURE_REASONS, HOLD_REASONS } from './domain/erasure-plan.js';
