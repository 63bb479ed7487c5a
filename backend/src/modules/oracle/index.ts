export { OracleModule } from './oracle.module.js';
