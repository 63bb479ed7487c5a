export { IntentsModule } from './intents.module.js';
