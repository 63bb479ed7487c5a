export { CONFIG, ConfigError, loadConfig, readSecretFile, type Config } from './config.js';
export { DEPLOYMENT, deploymentSchema, loadDeployment, type Deployment } from './deployment.js';
export { ConfigModule } from './config.module.js';
