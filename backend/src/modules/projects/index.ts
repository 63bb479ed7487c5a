export { ProjectsModule } from './projects.module.js';
export { FeeRate } from './application/fee-rate.js';
export { ProjectDirectory, type ProjectLink } from './application/project-directory.js';
export { unknownProject } from './application/project-access-rule.js';
export type { MemberRole } from './domain/members.js';
export type { SubmissionFacts } from './domain/escrow-facts.js';
