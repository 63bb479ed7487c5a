export { OutboxModule } from './outbox.module.js';
export { OutboxService } from './outbox.service.js';
export type { Finality, OutboxEvent } from './outbox.service.js';
export { ProjectAccess } from './access.js';
export type { ProjectAccessRule } from './access.js';
export { rowsOf } from './sql.js';
export type { Sql } from './sql.js';
