/**
 * Signed statements of named people or machines about one submission: a checklist of documents, the count of a lot, the
 * inspection of a sample. EIP-712; the signature binds the content to one request of one CreOracle on one chain, to the
 * submission's digest and to the criteria. (Results of an acceptance suite have a type of their own, `SuiteResult`.)
 */
import { acceptanceDomain, acceptanceSigningHash, signHash } from './acceptance-signing.js';
import { canonicalHash, DocumentError, type Hex } from './canonical.js';
import { ObjectReader } from './document-reader.js';
import { bytesOf, concat, keccakHex, recoverAddress } from './evm-words.js';

/** What a statement is bound to. */
export interface StatementContext {
  readonly chainId: bigint;
  /** The CreOracle that asked, lower case. */
  readonly oracle: Hex;
  readonly requestId: Hex;
  readonly digest: Hex;
  readonly criteriaHash: Hex;
}

/** A statement as it travels: what is said, who says it. */
export interface SignedStatement<T> {
  /** Names the form of `content`, e.g. `milepost/checklist@1`; signed too. */
  readonly schema: string;
  readonly requestId: Hex;
  readonly digest: Hex;
  readonly criteriaHash: Hex;
  readonly content: T;
  /** Lower case. */
  readonly signer: Hex;
  /** r, s, v with v 27 or 28. */
  readonly signature: Hex;
}

const STATEMENT_TYPE =
  'Statement(string schema,bytes32 requestId,bytes32 digest,bytes32 criteriaHash,bytes32 contentHash)';

/** EIP-712 domain, types and message, for wallets. */
export function statementTypedData(context: StatementContext, schema: string, content: unknown) {
  return {
    domain: acceptanceDomain(context),
    types: {
      Statement: [
        { name: 'schema', type: 'string' },
        { name: 'requestId', type: 'bytes32' },
        { name: 'digest', type: 'bytes32' },
        { name: 'criteriaHash', type: 'bytes32' },
        { name: 'contentHash', type: 'bytes32' },
      ],
    },
    primaryType: 'Statement' as const,
    message: {
      schema,
      requestId: context.requestId,
      digest: context.digest,
      criteriaHash: context.criteriaHash,
      contentHash: canonicalHash(content),
    },
  };
}

/** The 32 bytes that are signed. */
export function statementSigningHash(context: StatementContext, schema: string, content: unknown): Hex {
  const message = concat(
    bytesOf(keccakHex(STATEMENT_TYPE)),
    bytesOf(keccakHex(schema)),
    bytesOf(context.requestId),
    bytesOf(context.digest),
    bytesOf(context.criteriaHash),
    bytesOf(canonicalHash(content)),
  );
  return acceptanceSigningHash(context, message);
}

/** Signs with a 32-byte private key. */
export function signStatement<T>(
  context: StatementContext,
  schema: string,
  content: T,
  privateKey: Hex,
): SignedStatement<T> {
  const hash = bytesOf(statementSigningHash(context, schema, content));
  const signature = signHash(hash, privateKey);
  const { requestId, digest, criteriaHash } = context;
  return { schema, requestId, digest, criteriaHash, content, signer: recoverAddress(hash, signature), signature };
}

/**
 * Reads and verifies a statement; `readContent` validates what it says.
 * @throws DocumentError when it is malformed, about something else, or not signed by the signer it names.
 */
export function readStatement<T>(
  value: unknown,
  context: StatementContext,
  schema: string,
  readContent: (content: unknown, path: string) => T,
  path = '$',
): SignedStatement<T> {
  const reader = new ObjectReader(value, path);
  reader.oneOf('schema', [schema]);
  for (const key of ['requestId', 'digest', 'criteriaHash'] as const) {
    const found = reader.bytes32(key);
    if (found !== context[key]) throw new DocumentError(reader.at(key), `is for ${found}, not for ${context[key]}`);
  }
  const content = readContent(reader.raw('content'), reader.at('content'));
  const signer = reader.pattern('signer', /^0x[0-9a-f]{40}$/, 'an address in lower-case hex') as Hex;
  const signature = reader.pattern('signature', /^0x[0-9a-f]{130}$/, '65 bytes in lower-case hex') as Hex;
  reader.done();
  let found: Hex;
  try {
    found = recoverAddress(bytesOf(statementSigningHash(context, schema, content)), signature);
  } catch {
    throw new DocumentError(reader.at('signature'), 'is no signature');
  }
  if (found !== signer) throw new DocumentError(reader.at('signature'), `is by ${found}, not by ${signer}`);
  const { requestId, digest, criteriaHash } = context;
  return { schema, requestId, digest, criteriaHash, content, signer, signature };
}
