import type { AuditEvent } from '../domain/event.js';

export const ORIGIN = 'milepost/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3';

export const projectEvent = (project: string, n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  type: 'project.edited',
  subject: ['project', project],
  project,
  actor: { system: 'test' },
  refs: { n },
  ...more,
});
