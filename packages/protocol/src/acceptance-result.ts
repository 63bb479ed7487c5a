/**
 * The signed result of one run of an acceptance suite. The signature is EIP-712 and binds the result to one request of one
 * CreOracle on one chain, to the submission's digest, to the suite and to every single outcome.
 */
import { MAX_DETAIL, type AcceptanceSuite, type TestResult } from './acceptance-checks.js';
import { acceptanceDomain, acceptanceSigningHash, signHash } from './acceptance-signing.js';
import { canonicalHash, canonicalize, DocumentError, type Hex } from './canonical.js';
import { ObjectReader } from './document-reader.js';
import { bytesOf, concat, keccakHex, recoverAddress } from './evm-words.js';

export const SUITE_RESULT_SCHEMA = 'milepost/suite-result@1';

/** What a result is bound to. */
export interface SuiteResultContext {
  readonly chainId: bigint;
  /** The CreOracle that asked. */
  readonly oracle: Hex;
  readonly requestId: Hex;
  readonly digest: Hex;
  readonly suiteHash: Hex;
}

export interface SuiteResult {
  readonly schema: typeof SUITE_RESULT_SCHEMA;
  readonly requestId: Hex;
  readonly digest: Hex;
  readonly suiteHash: Hex;
  /** One per test, in the suite's order. */
  readonly results: readonly TestResult[];
  /** Signer, lower case. */
  readonly runner: Hex;
  /** r, s, v with v 27 or 28: 65 bytes. */
  readonly signature: Hex;
}

const RESULT_TYPE = 'SuiteResult(bytes32 requestId,bytes32 digest,bytes32 suiteHash,bytes32 resultsHash)';

/** EIP-712 domain and types, for wallets and libraries that sign typed data. */
export function suiteResultTypedData(context: SuiteResultContext, results: readonly TestResult[]) {
  return {
    domain: acceptanceDomain(context),
    types: {
      SuiteResult: [
        { name: 'requestId', type: 'bytes32' },
        { name: 'digest', type: 'bytes32' },
        { name: 'suiteHash', type: 'bytes32' },
        { name: 'resultsHash', type: 'bytes32' },
      ],
    },
    primaryType: 'SuiteResult' as const,
    message: {
      requestId: context.requestId,
      digest: context.digest,
      suiteHash: context.suiteHash,
      resultsHash: canonicalHash(results),
    },
  };
}

/** The 32 bytes that are signed. */
export function suiteResultSigningHash(context: SuiteResultContext, results: readonly TestResult[]): Hex {
  const message = concat(
    bytesOf(keccakHex(RESULT_TYPE)),
    bytesOf(context.requestId),
    bytesOf(context.digest),
    bytesOf(context.suiteHash),
    bytesOf(canonicalHash(results)),
  );
  return acceptanceSigningHash(context, message);
}

/** Builds and signs a result with a runner's 32-byte private key. */
export function signSuiteResult(
  context: SuiteResultContext,
  results: readonly TestResult[],
  privateKey: Hex,
): SuiteResult {
  const hash = bytesOf(suiteResultSigningHash(context, results));
  const signature = signHash(hash, privateKey);
  const { requestId, digest, suiteHash } = context;
  const runner = recoverAddress(hash, signature);
  return { schema: SUITE_RESULT_SCHEMA, requestId, digest, suiteHash, results, runner, signature };
}

/** The exact text that a runner serves. */
export function suiteResultText(result: SuiteResult): string {
  return canonicalize(result);
}

/**
 * Reads and verifies a result.
 * @throws DocumentError when it is malformed, answers another question, does not answer every test, or is not signed by
 * the runner it names.
 */
export function readSuiteResult(value: unknown, context: SuiteResultContext, suite: AcceptanceSuite): SuiteResult {
  const result = parseSuiteResult(value);
  for (const key of ['requestId', 'digest', 'suiteHash'] as const) {
    if (result[key] !== context[key])
      throw new DocumentError(`$.${key}`, `is for ${result[key]}, not for ${context[key]}`);
  }
  const asked = suite.tests.map(({ id }) => id).join(' ');
  if (result.results.map(({ id }) => id).join(' ') !== asked) {
    throw new DocumentError('$.results', 'exactly one result per test is expected, in the order of the suite');
  }
  let signer: Hex;
  try {
    signer = recoverAddress(bytesOf(suiteResultSigningHash(context, result.results)), result.signature);
  } catch {
    throw new DocumentError('$.signature', 'is no signature');
  }
  if (signer !== result.runner) throw new DocumentError('$.signature', `is by ${signer}, not by ${result.runner}`);
  return result;
}

function parseSuiteResult(value: unknown): SuiteResult {
  const reader = new ObjectReader(value, '$');
  const result: SuiteResult = {
    schema: reader.oneOf('schema', [SUITE_RESULT_SCHEMA]),
    requestId: reader.bytes32('requestId'),
    digest: reader.bytes32('digest'),
    suiteHash: reader.bytes32('suiteHash'),
    results: reader.list('results', 1, 50, (item, path) => {
      const one = new ObjectReader(item, path);
      const read: TestResult = {
        id: one.text('id', 1, 40),
        outcome: one.oneOf('outcome', ['passed', 'failed', 'skipped']),
        detail: one.text('detail', 0, MAX_DETAIL),
      };
      one.done();
      return read;
    }),
    runner: reader.pattern('runner', /^0x[0-9a-f]{40}$/, 'an address in lower-case hex') as Hex,
    signature: reader.pattern('signature', /^0x[0-9a-f]{130}$/, '65 bytes in lower-case hex') as Hex,
  };
  reader.done();
  return result;
}
