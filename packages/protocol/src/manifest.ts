/**
 * The manifest of a submission. Its public top level is what the chain refers to: `digest` = SHA-256 of the canonical top
 * level. File names and sizes are in the confidential part, which the top level carries only as a hash; a random salt
 * keeps that hash from being guessed.
 */
import { canonicalHash, DocumentError, MAX_DOCUMENT_BYTES, canonicalBytes, type Hex } from './canonical.js';
import { ObjectReader, requireUnique } from './document-reader.js';

export const MANIFEST_SCHEMA = 'milepost/manifest@1';
export const MANIFEST_CONFIDENTIAL_SCHEMA = 'milepost/manifest-confidential@1';

export const MAX_MANIFEST_FILES = 100;
export const MAX_FILE_NAME = 180;
export const MAX_NOTE = 4_000;

/** Public facts about the work, for judges and auditors. No personal data, no file names. */
export interface ManifestFacts {
  /** Commit of the delivered source, 40 or 64 lower-case hex digits. */
  readonly commit?: string;
  /** Root of the RFC 9162 tree over the delivered records. */
  readonly manifestRoot?: Hex;
  /** Number of records delivered. */
  readonly lotItems?: number;
  /** Other counts by name, e.g. `interviews`. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** A piece of evidence about the submission: a document and its SHA-256. */
export interface EvidenceLink {
  readonly name: string;
  readonly sha256: Hex;
}

/** The public top level. */
export interface PublicManifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  readonly facts: ManifestFacts;
  readonly evidence: readonly EvidenceLink[];
  /** SHA-256 of the canonical confidential part. */
  readonly confidential: Hex;
}

export interface ManifestFile {
  /** Base name, no folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: Hex;
}

/** The part for the parties only. */
export interface ConfidentialManifest {
  readonly schema: typeof MANIFEST_CONFIDENTIAL_SCHEMA;
  /** 32 random bytes. */
  readonly salt: Hex;
  readonly note: string;
  readonly files: readonly ManifestFile[];
}

/** Both parts, as the backend stores them and as people who may see the files get them. */
export interface Manifest {
  readonly manifest: PublicManifest;
  readonly confidential: ConfidentialManifest;
}

/** The digest that goes on chain. */
export function manifestDigest(manifest: PublicManifest): Hex {
  return canonicalHash(manifest);
}

/**
 * Builds both parts. `salt` is 32 random bytes made by the caller (this package has no source of randomness).
 * @throws DocumentError when a file, fact or the note is not acceptable.
 */
export function buildManifest(input: {
  files: readonly ManifestFile[];
  note: string;
  salt: Hex;
  facts?: ManifestFacts;
  evidence?: readonly EvidenceLink[];
}): Manifest & { digest: Hex } {
  const confidential = parseConfidentialManifest({
    schema: MANIFEST_CONFIDENTIAL_SCHEMA,
    salt: input.salt,
    note: input.note,
    files: input.files,
  });
  const manifest = parsePublicManifest({
    schema: MANIFEST_SCHEMA,
    facts: input.facts ?? {},
    evidence: input.evidence ?? [],
    confidential: canonicalHash(confidential),
  });
  return { manifest, confidential, digest: manifestDigest(manifest) };
}

/**
 * Reads both parts and checks them against each other and, when given, against the digest on chain.
 * @throws DocumentError
 */
export function readManifest(value: unknown, digest?: Hex): Manifest {
  const reader = new ObjectReader(value, '$');
  const manifest = parsePublicManifest(reader.raw('manifest'));
  const confidential = parseConfidentialManifest(reader.raw('confidential'));
  if (canonicalHash(confidential) !== manifest.confidential) {
    throw new DocumentError('$.confidential', 'does not have the hash that the public part names');
  }
  if (digest !== undefined && manifestDigest(manifest) !== digest) {
    throw new DocumentError('$.manifest', `does not have the digest ${digest}`);
  }
  return { manifest, confidential };
}

/** @throws DocumentError */
export function parsePublicManifest(value: unknown): PublicManifest {
  const reader = new ObjectReader(value, '$');
  const schema = reader.oneOf('schema', [MANIFEST_SCHEMA]);
  const facts = parseFacts(reader.raw('facts'), '$.facts');
  const evidence = reader.list('evidence', 0, 50, (item, path) => {
    const link = new ObjectReader(item, path);
    const read: EvidenceLink = { name: link.text('name', 1, MAX_FILE_NAME), sha256: link.bytes32('sha256') };
    link.done();
    return read;
  });
  requireUnique(
    evidence.map((link) => link.name),
    '$.evidence',
  );
  const confidential = reader.bytes32('confidential');
  reader.done();
  return fits({ schema, facts, evidence, confidential });
}

/** @throws DocumentError */
export function parseConfidentialManifest(value: unknown): ConfidentialManifest {
  const reader = new ObjectReader(value, '$');
  const schema = reader.oneOf('schema', [MANIFEST_CONFIDENTIAL_SCHEMA]);
  const salt = reader.bytes32('salt');
  const note = reader.text('note', 0, MAX_NOTE);
  const files = reader.list('files', 1, MAX_MANIFEST_FILES, (item, path) => {
    const file = new ObjectReader(item, path);
    const name = file.text('name', 1, MAX_FILE_NAME);
    if (!isFileName(name))
      throw new DocumentError(`${path}.name`, 'a file name without folders or control characters is expected');
    const read: ManifestFile = {
      name,
      size: file.integer('size', 1, Number.MAX_SAFE_INTEGER),
      sha256: file.bytes32('sha256'),
    };
    file.done();
    return read;
  });
  requireUnique(
    files.map((file) => file.name),
    '$.files',
  );
  reader.done();
  return fits({ schema, salt, note, files });
}

/** A base name that is safe on every file system: no folder, no control character, not `.` or `..`. */
export function isFileName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.length > MAX_FILE_NAME) return false;
  for (const char of name) {
    if (char === '/' || char === '\\' || char < ' ' || char === '\u007f') return false;
  }
  return true;
}

function parseFacts(value: unknown, path: string): ManifestFacts {
  const reader = new ObjectReader(value, path);
  const facts: { commit?: string; manifestRoot?: Hex; lotItems?: number; counts?: Record<string, number> } = {};
  if (reader.has('commit'))
    facts.commit = reader.pattern('commit', /^([0-9a-f]{40}|[0-9a-f]{64})$/, 'a full commit id in lower-case hex');
  if (reader.has('manifestRoot')) facts.manifestRoot = reader.bytes32('manifestRoot');
  if (reader.has('lotItems')) facts.lotItems = reader.integer('lotItems', 1, 10_000_000);
  if (reader.has('counts')) {
    const raw = reader.raw('counts');
    const counts = new ObjectReader(raw, reader.at('counts'));
    const read: Record<string, number> = {};
    for (const key of Object.keys(raw as object)) {
      if (!/^[a-z][A-Za-z0-9]{0,31}$/.test(key))
        throw new DocumentError(counts.at(key), 'a short camelCase name is expected');
      read[key] = counts.integer(key, 0, Number.MAX_SAFE_INTEGER);
    }
    facts.counts = read;
  }
  reader.done();
  return facts;
}

function fits<T>(document: T): T {
  if (canonicalBytes(document).length > MAX_DOCUMENT_BYTES) {
    throw new DocumentError('$', `longer than ${String(MAX_DOCUMENT_BYTES)} bytes`);
  }
  return document;
}
