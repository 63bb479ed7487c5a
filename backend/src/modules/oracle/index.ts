export { OracleModule } from './oracle.module.js';
export { RequestDirectory } from './application/request-directory.js';
