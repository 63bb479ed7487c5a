export { DeliverablesModule } from './deliverables.module.js';
export { PublicManifests } from './application/public-manifests.js';
export { MAX_FILES } from './domain/limits.js';
