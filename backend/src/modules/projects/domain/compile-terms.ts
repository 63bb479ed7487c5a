import {
  ArbitrationPolicyError,
  type ArbitrationPolicy,
  checkArbitrationPolicy,
  encodeArbitrationPolicy,
} from '@milepost/protocol/arbitration-policy';
import { encodeGatePolicy, GatePolicyError } from '@milepost/protocol/gate-policy';
import {
  argsHash,
  argsOfDraft,
  checkDocument,
  gateOfDraft,
  packTerms,
  policyHash,
  predictEscrow,
  type TermsDocument,
  termsHash,
  termsIssues,
} from '@milepost/protocol/terms';
import { DEFAULT_WINDOWS, payeesOf, type TermsDraft } from './terms-draft.js';

/** Why terms cannot be signed. */
export interface TermsIssue {
  readonly path: string;
  /** kebab-case; for rules of the contracts their error without its prefix. */
  readonly code: string;
  readonly message: string;
}

/** Contracts that the bytes are made for. */
export interface TermsContracts {
  readonly EscrowFactory: string;
  readonly MilestoneEscrow: string;
  readonly MilestoneGate: string;
  readonly CreOracle: string;
  readonly Arbitration: string;
  readonly FeeInbox: string;
}

/** Everything that both parties sign. Hex is lower case with 0x. */
export interface CompiledTerms {
  /** The hashed document: all text and all numbers. */
  readonly document: TermsDocument & { readonly terms: TermsDraft };
  /** Immutable arguments of the escrow. */
  readonly args: string;
  readonly gatePolicy: string;
  readonly arbitrationPolicy: string;
  /** SHA-256 of the document's RFC 8785 form. */
  readonly termsHash: string;
  /** keccak256 of `abi.encode(gatePolicy, arbitrationPolicy)`. */
  readonly policyHash: string;
  /** keccak256 of the arguments. */
  readonly argsHash: string;
  /** Lower case; where the escrow will be. */
  readonly escrow: string;
}

/** Terms that the contracts would refuse. */
export class TermsRefused extends Error {
  override readonly name = 'TermsRefused';
  constructor(readonly issues: readonly TermsIssue[]) {
    super(
      `These terms cannot be signed: ${issues[0]?.path ?? 'terms'} ${issues[0]?.message ?? ''}${issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''}.`,
    );
  }
}

export interface CompileInput {
  readonly title: string;
  readonly summary: string;
  readonly terms: TermsDraft;
  /** 16 random bytes, so that nobody can guess an erased document from its hash. */
  readonly salt: string;
  readonly contracts: TermsContracts;
}

/**
 * Makes the signed bytes of a draft. The same input gives the same bytes.
 * @throws {TermsRefused} with everything that the contracts would refuse
 */
export function compileTerms(input: CompileInput): CompiledTerms {
  const { terms, contracts } = input;
  // What follows indexes profiles and policies, so the plain mistakes come out first.
  const issues = [...numberIssues(terms, contracts), ...criteriaIssues(terms), ...clockIssues(terms)];
  if (issues.length > 0) throw new TermsRefused(issues);
  const built = gateOfDraft(terms, contracts.CreOracle);
  const gatePolicy = attempt(issues, () => encodeGatePolicy(built.gatePolicy));
  const arbitrationPolicy = attempt(issues, () => encodeLadder(terms, built.panelPolicy));
  if (gatePolicy === undefined || arbitrationPolicy === undefined) throw new TermsRefused(issues);
  const document = documentOf(input);
  const hashes = { termsHash: termsHash(document), policyHash: policyHash(gatePolicy, arbitrationPolicy) };
  const args = packTerms(argsOfDraft(terms, hashes));
  const differences = checkDocument(document, args);
  if (differences.length > 0)
    throw new Error(`document and bytes differ: ${differences.map((issue) => issue.path).join(', ')}`);
  return {
    document,
    args,
    gatePolicy,
    arbitrationPolicy,
    ...hashes,
    argsHash: argsHash(args),
    escrow: predictEscrow(contracts.EscrowFactory, contracts.MilestoneEscrow, args),
  };
}

function documentOf({ title, summary, terms, salt }: CompileInput): CompiledTerms['document'] {
  // JSON drops members that are not set, so that the hash does not depend on how a draft was built.
  return { format: 'milepost-terms/1', salt, title, summary, terms: JSON.parse(JSON.stringify(terms)) as TermsDraft };
}

/** Rules of the escrow's codec. */
function numberIssues(terms: TermsDraft, contracts: TermsContracts): TermsIssue[] {
  const none = `0x${'00'.repeat(32)}`;
  const reserved = [contracts.MilestoneGate, contracts.Arbitration, contracts.FeeInbox];
  const issues = termsIssues(argsOfDraft(terms, { termsHash: none, policyHash: none }), { reserved });
  return issues.map((issue) => ({
    path: `terms.${issue.path}`,
    code: kebab(issue.error.replace('Terms_', '')),
    message: issue.message,
  }));
}

/** Rules of the document that no contract reads, and indexes into the policies. */
function criteriaIssues(terms: TermsDraft): TermsIssue[] {
  return terms.milestones.flatMap(({ criteria, policy }, m) => {
    const path = `terms.milestones.${m}`;
    const issues: TermsIssue[] = [];
    const sum = criteria.reduce((total, criterion) => total + criterion.weight, 0);
    if (criteria.length > 0 && sum !== 10_000) {
      issues.push({
        path: `${path}.criteria`,
        code: 'weight-sum',
        message: `weights sum to ${sum} and must sum to 10,000`,
      });
    }
    if (new Set(criteria.map((criterion) => criterion.id)).size !== criteria.length) {
      issues.push({ path: `${path}.criteria`, code: 'duplicate', message: 'has two criteria with the same id' });
    }
    if (terms.policies[policy] === undefined)
      issues.push({ path: `${path}.policy`, code: 'unknown-policy', message: 'names no policy' });
    return issues;
  });
}

/** A policy's clocks are those of the profiles it is used with; a draft that shows others would mislead. */
function clockIssues(terms: TermsDraft): TermsIssue[] {
  return terms.milestones.flatMap((milestone, m) => {
    const [profile, policy] = [terms.profiles[milestone.profile], terms.policies[milestone.policy]];
    if (profile === undefined || policy === undefined) return [];
    const pairs: [string, number | string, number | string][] = [
      ['windowSeconds', policy.windowSeconds, profile.reviewDays * 86_400],
      ['extensionSeconds', policy.extensionSeconds, profile.extensionDays * 86_400],
      ['challengeSeconds', policy.challengeSeconds, profile.holdHours * 3_600],
      ['silence', policy.silence, profile.silence],
    ];
    return pairs.flatMap(([name, given, expected]) =>
      given === expected
        ? []
        : [
            {
              path: `terms.policies.${milestone.policy}.${name}`,
              code: 'clock-differs',
              message: `is ${given}, but the profile of milestone ${m} says ${expected}`,
            },
          ],
    );
  });
}

function encodeLadder(terms: TermsDraft, panelPolicy: number | null): string {
  const { arbitration } = terms;
  const policy: ArbitrationPolicy = {
    panelPolicy,
    arbitrator: arbitration.arbitrator,
    fallbackArbitrator: arbitration.fallbackArbitrator,
    fee: BigInt(arbitration.fee),
    bond: BigInt(arbitration.bond),
    settleFeeBps: arbitration.settleFeeBps,
    windows: arbitration.windows ?? DEFAULT_WINDOWS,
  };
  const insiders = [
    terms.client,
    terms.contributor,
    ...payeesOf(terms).map((payee) => payee.account),
    ...terms.seats.map((seat) => seat.account),
  ];
  checkArbitrationPolicy(policy, insiders, Math.min(...terms.profiles.map((profile) => profile.arbitrationDays)));
  return encodeArbitrationPolicy(policy);
}

/** Runs a codec and collects its refusals; undefined when it refused. */
function attempt<T>(issues: TermsIssue[], encode: () => T): T | undefined {
  try {
    return encode();
  } catch (error) {
    if (error instanceof GatePolicyError) {
      issues.push(
        ...error.issues.map((issue) => ({
          path: `terms.${issue.path.replace(/\[(\d+)\]/g, '.$1')}`,
          code: kebab(issue.code),
          message: issue.message,
        })),
      );
    } else if (error instanceof ArbitrationPolicyError) {
      issues.push({ path: 'terms.arbitration', code: kebab(error.code), message: error.message });
    } else if (error instanceof RangeError) {
      issues.push({ path: 'terms', code: 'range', message: error.message });
    } else throw error;
    return undefined;
  }
}

const kebab = (code: string): string => code.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
