export { IdentityModule } from './identity.module.js';
export { People, type LocalAccount } from './application/people.js';
export { Signatures } from './application/signatures.js';
export type { Person } from './persistence/identity.repository.js';
export { personSchema } from './http/schemas.js';
