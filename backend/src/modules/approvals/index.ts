export { ApprovalsModule } from './approvals.module.js';
export { BallotDirectory } from './application/ballot-directory.js';
