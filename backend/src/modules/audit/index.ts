export { AuditService } from './audit.service.js';
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
