export { AuditModule } from './audit.module.js';
export { Audited, NotAudited } from './http/audited.js';
export { AuditService } from './audit.service.js';
export { SubjectErasure, type ErasedParts } from './application/subject-erasure.js';
export { SubjectSeals, type SealedText } from './application/subject-seals.js';
export { ProjectClaims } from './application/project-claims.js';
export { TrailAccess } from './application/trail-access.js';
export { AuditReading } from './application/audit-reading.js';
export { KINDS, kindNames, kindOf, type Kind } from './domain/kinds.js';
export { TrailStore, type TrailFilter } from './persistence/trail-store.js';
export { KeyRing, SealBroken } from './application/key-ring.js';
export { auditEventPageSchema, auditEventSchema, type AuditEventView } from './http/schemas.js';
export { LogStore } from './persistence/log-store.js';
export { AuditEventRefused, checkEvent, headerBytes } from './domain/header.js';
export { auditTypes } from './domain/event.js';
export type {
  AuditActor,
  AuditEvent,
  AuditReceipt,
  AuditSection,
  AuditType,
  ChainFact,
  RefValue,
  SectionValue,
} from './domain/event.js';
