export { createDataSource, type DataSourceOptions } from './data-source.js';
export { DatabaseModule } from './database.module.js';
export { migrate, pendingMigrations, revertLast } from './migrate.js';
export { UnitOfWork } from './unit-of-work.js';
