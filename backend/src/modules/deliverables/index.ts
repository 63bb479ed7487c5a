export { DeliverablesModule } from './deliverables.module.js';
export { MAX_FILES } from './domain/limits.js';
