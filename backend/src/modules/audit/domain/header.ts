import { MAX_ENTRY_BYTES, canonicalJson, parseEntry, type Commitment, type EntryHeader } from '@milepost/tlog';
import { auditTypes, type AuditActor, type AuditEvent } from './event.js';

/** The event cannot become a log entry. A programming error of the caller: nothing was written. */
export class AuditEventRefused extends Error {
  override readonly name = 'AuditEventRefused';

  constructor(type: string, why: string) {
    super(`The audit event ${type} was refused and nothing was written: ${why}`);
  }
}

/** Shapes that would tie an entry, which can never be taken back, to a person. */
const personal: readonly (readonly [RegExp, string])[] = [
  [/(^|[^0-9a-fA-F])(0x)?[0-9a-fA-F]{40}($|[^0-9a-fA-F])/, 'a wallet address'],
  [/[^\s@]+@[^\s@]+\.[^\s@]+/, 'an e-mail address'],
  [/(^|[^0-9.])(\d{1,3}\.){3}\d{1,3}($|[^0-9.])/, 'an IP address'],
  [/([0-9a-fA-F]{1,4}:){3,7}(:|[0-9a-fA-F]{1,4})|::([0-9a-fA-F]{1,4}:)*[0-9a-fA-F]{1,4}/, 'an IP address'],
];
const MAX_TEXT = 160;
const SECTION = /^[a-z][a-z0-9-]{0,31}$/;
const SYSTEM = /^[a-z][a-z0-9-]{0,31}$/;
const HASH = /^0x[0-9a-fA-F]{64}$/;

/** Checks what the caller says before anything is written. @throws AuditEventRefused */
export function checkEvent(event: AuditEvent): void {
  const fail = (why: string): never => {
    throw new AuditEventRefused(String(event.type), why);
  };
  if (!(auditTypes as readonly string[]).includes(event.type)) fail('its type is not in the list of audit types');
  if ('chain' in event.actor !== (event.chain !== undefined)) fail('a chain actor and a chain fact go together');
  if (event.chain !== undefined) {
    const { chainId, blockHash, txHash, logIndex } = event.chain;
    if ('chain' in event.actor && event.actor.chain !== chainId) fail('its actor is another chain');
    if (!HASH.test(blockHash) || !HASH.test(txHash)) fail('a block or transaction hash is not 0x and 64 hex digits');
    if (!Number.isSafeInteger(logIndex) || logIndex < 0) fail('the log index is not a whole number');
  }
  if ('system' in event.actor && !SYSTEM.test(event.actor.system))
    fail('the name of the system actor is not a short lower-case word');
  if (event.at !== undefined && (!Number.isSafeInteger(event.at) || event.at < 0))
    fail('its time is not in ms since 1970');
  const sections = (event.sections ?? []).map((section) => section.section);
  if (sections.some((name) => !SECTION.test(name))) fail('a section name is not a short lower-case word');
  if (new Set(sections).size !== sections.length) fail('a section is named twice');
  const visit = (value: unknown, where: string): void => {
    if (typeof value === 'string') {
      if (value.length > MAX_TEXT)
        fail(`${where} is longer than ${String(MAX_TEXT)} characters; put text into a section`);
      if (!/^[\x20-\x7e]*$/.test(value)) fail(`${where} is not ASCII; put text into a section`);
      const shape = personal.find(([pattern]) => pattern.test(value));
      if (shape !== undefined) fail(`${where} looks like ${shape[1]}; put it into a section`);
    } else if (Array.isArray(value)) {
      value.forEach((item, i) => {
        visit(item, `${where}.${String(i)}`);
      });
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        visit(key, `a name in ${where}`);
        visit(item, `${where}.${key}`);
      }
    }
  };
  visit(event.subject, 'subject');
  visit(event.project ?? null, 'project');
  visit(event.refs ?? {}, 'refs');
}

/** The entry's exact bytes. @throws AuditEventRefused if they are not a valid entry, e.g. too long or with a fraction */
export function headerBytes(
  event: AuditEvent,
  id: string,
  at: number,
  actor: string,
  commits: readonly Commitment[],
): Buffer {
  const { chain } = event;
  const header: EntryHeader = {
    v: 1,
    id,
    type: event.type,
    at,
    actor,
    subject: event.subject,
    project: event.project ?? null,
    source:
      chain === undefined
        ? 'app'
        : {
            chain: chain.chainId,
            block: chain.blockHash.toLowerCase(),
            tx: chain.txHash.toLowerCase(),
            log: chain.logIndex,
          },
    refs: event.refs ?? {},
    commits,
  };
  try {
    const bytes = Buffer.from(canonicalJson(header));
    if (bytes.length > MAX_ENTRY_BYTES)
      throw new Error(`its header has ${String(bytes.length)} bytes; at most ${String(MAX_ENTRY_BYTES)} fit`);
    parseEntry(bytes);
    return bytes;
  } catch (error) {
    throw new AuditEventRefused(event.type, error instanceof Error ? error.message : String(error));
  }
}

/** Who did it, for actors that are no person. */
export function fixedActor(actor: Exclude<AuditActor, { person: string }>): string {
  return 'chain' in actor ? `chain:${String(actor.chain)}` : `system:${actor.system}`;
}
