import { decodeArbitrationPolicy } from '@milepost/protocol/arbitration-policy';
import { decodeGatePolicy } from '@milepost/protocol/gate-policy';
import { checkDocument, decodeTerms } from '@milepost/protocol/terms';
import { HDNodeWallet, Mnemonic } from 'ethers';
import { sampleTerms } from '../../../testing/draft.js';
import { EMPTY_DEPLOYMENT } from '../../../testing/test-app.js';
import { compileTerms, type CompiledTerms, TermsRefused } from './compile-terms.js';
import type { TermsDraft } from './terms-draft.js';

const root = HDNodeWallet.fromMnemonic(
  Mnemonic.fromPhrase('test test test test test test test test test test test junk'),
  "m/44'/60'/0'/0",
);
const place = { wallet: (index: number) => root.deriveChild(index), deployment: EMPTY_DEPLOYMENT };
const terms = sampleTerms(place);
const compile = (change: Partial<TermsDraft> = {}, salt = `0x${'01'.repeat(16)}`) =>
  compileTerms({
    title: 'A',
    summary: 'B',
    terms: { ...terms, ...change },
    salt,
    contracts: EMPTY_DEPLOYMENT.contracts,
  });

/** Shared policies and the project's own bytes, joined as the contracts read them. */
const gateOf = ({ gatePolicy, args }: CompiledTerms) => {
  const { criteria, seats, client, milestones } = decodeTerms(args);
  return decodeGatePolicy(gatePolicy, { criteria, seats, client, milestones: milestones.map(({ policy }) => policy) });
};

describe('compiled terms', () => {
  it('say the same in words and bytes', () => {
    const compiled = compile();
    expect(checkDocument(compiled.document, compiled.args)).toEqual([]);
    expect(decodeTerms(compiled.args).milestones.map((milestone) => milestone.amount)).toEqual([
      1_000_000_000n,
      2_500_000_001n,
    ]);
    const gate = gateOf(compiled);
    expect(gate.milestones).toEqual([0, 1]);
    expect(gate.policies[1]?.bodies.oracle).toEqual({
      oracle: EMPTY_DEPLOYMENT.contracts.CreOracle,
      criteriaHash: `0x${'5a'.repeat(32)}`,
    });
    expect(decodeArbitrationPolicy(compiled.arbitrationPolicy)).toMatchObject({ fee: 50_000_000n, panelPolicy: null });
  });

  it('depend on the salt and on nothing else than what was given', () => {
    expect(compile()).toEqual(compile());
    const salted = compile({}, `0x${'02'.repeat(16)}`);
    expect(salted.termsHash).not.toBe(compile().termsHash);
    expect(salted.escrow).not.toBe(compile().escrow);
    expect(salted.policyHash).toBe(compile().policyHash);
  });

  it('exclude the seats of payees', () => {
    const payee = terms.payees[1]?.account ?? '';
    const seats = [...terms.seats, { account: payee, body: 'panel' as const, weight: 1 }];
    const gate = gateOf(compile({ seats }));
    expect(gate.seats.filter((seat) => seat.excluded).map((seat) => seat.id)).toEqual([payee.toLowerCase()]);
  });

  it('are refused with everything that is wrong, each at its place', () => {
    const [first, second] = terms.milestones;
    if (first === undefined || second === undefined) throw new Error('the sample has two milestones');
    const broken = [
      { ...first, amount: '0', fundBy: 99, criteria: [{ id: 'C1', text: 'x', weight: 1 }] },
      { ...second, policy: 7 },
    ];
    let issues: readonly { path: string; code: string }[] = [];
    try {
      compile({ milestones: broken, warrantyDays: 9_999 });
    } catch (error) {
      issues = (error as TermsRefused).issues;
    }
    expect(issues.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'terms.warrantyDays window',
      'terms.milestones.0.amount zero-amount',
      'terms.milestones.0.fundBy fund-by-after-due',
      'terms.milestones.0.criteria weight-sum',
      'terms.milestones.1.policy unknown-policy',
    ]);
  });

  it.each([
    [
      'a ladder longer than the escrow waits',
      {
        arbitration: {
          ...terms.arbitration,
          fallbackArbitrator: `0x${'77'.repeat(20)}`,
          panelPolicy: 0,
          windows: {
            negotiate: 432_000,
            panel: 259_200,
            panelExtension: 172_800,
            appeal: 259_200,
            deposit: 432_000,
            ruling: 2_000_000,
            fallback: 604_800,
          },
        },
      },
      'terms.arbitration ladder-too-long',
    ],
    ['two seats for one account', { seats: [...terms.seats, ...terms.seats.slice(1, 2)] }, 'terms.seats.4 seat-order'],
    [
      'a tie that would approve',
      {
        policies: [
          { ...terms.policies[0], bodies: { clients: { quorumBps: 1, approvalBps: 5_000 } } },
          terms.policies[1],
        ],
      },
      'terms.policies.0 bad-threshold',
    ],
  ])('with %s are refused', (_name, change, expected) => {
    let found: string[] = [];
    try {
      compile(change as Partial<TermsDraft>);
    } catch (error) {
      found = (error as TermsRefused).issues.map(({ path, code }) => `${path} ${code}`);
    }
    expect(found).toContain(expected);
  });
});
