export { createDataSource, type DataSourceOptions } from './data-source.js';
export { DatabaseModule } from './database.module.js';
export { loginUrls, type LoginUrls } from './login-urls.js';
export { RoleError, applyGrants, type Grants } from './logins.js';
export { migrate, pendingMigrations, revertLast } from './migrate.js';
export { UnitOfWork } from './unit-of-work.js';
