/**
 * The codec of `packages/protocol` against the factory's: the same terms pass or break a rule on both sides, and the same
 * address and signature come out. Runs on an in-process EVM.
 */
import { Interface } from 'ethers';
import fc from 'fast-check';
import {
  DEFAULT_PROFILE,
  PROFILE_LIMITS,
  type TermsArgs,
  type TermsProfile,
  packTerms,
  predictEscrow,
  termsIssues,
} from '@milepost/protocol';

import { World } from '../../tools/gas/world.ts';

const address = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`;
const HASH = `0x${'11'.repeat(32)}`;

const limit = (name: keyof typeof PROFILE_LIMITS): fc.Arbitrary<number> => {
  const { min, max } = PROFILE_LIMITS[name];
  const size = name.endsWith('Bps') ? 65_535 : name === 'maxRounds' ? 127 : 255;
  return fc.oneof(
    { weight: 150, arbitrary: fc.integer({ min, max }) },
    { weight: 1, arbitrary: fc.constantFrom(Math.max(min - 1, 0), min, max, Math.min(max + 1, size)) },
  );
};

const profile: fc.Arbitrary<TermsProfile> = fc.record({
  ...(Object.fromEntries(
    (Object.keys(PROFILE_LIMITS) as (keyof typeof PROFILE_LIMITS)[]).map((name) => [name, limit(name)]),
  ) as Record<keyof typeof PROFILE_LIMITS, fc.Arbitrary<number>>),
  silence: fc.constantFrom('approve', 'dispute'),
});

describe('terms in TypeScript and in Solidity', () => {
  let world: World;
  let factory: Awaited<ReturnType<World['deploy']>>;
  let reserved: string[];
  let token: string;

  beforeAll(async () => {
    // Hardhat writes Solidity's stack with this hook of V8; Jest's realm has none.
    Error.prepareStackTrace ??= (error, frames) => [String(error), ...frames.map(String)].join('\n    at ');
    world = await World.create();
    const owner = await world.people.deployer.getAddress();
    const [gate, arbitration] = [await world.deployStop(), await world.deployStop()];
    const inbox = await world.deploy('FeeInbox', owner, owner);
    const plain = await world.deploy('PlainToken', address(0));
    const agreements = await world.deploy('EscrowAgreements', gate, arbitration, inbox.target);
    const parts = [gate, arbitration, inbox.target, agreements.target, address(0)];
    factory = await world.deploy('EscrowFactory', owner, owner, ...parts, 100);
    await world.send(world.people.deployer, factory, 'setToken', plain.target, true);
    token = String(plain.target);
    reserved = [gate, arbitration, String(inbox.target)];
  });

  afterAll(() => world.close());

  const terms = (): fc.Arbitrary<TermsArgs> => {
    const people = fc.constantFrom(...Array.from({ length: 30 }, (_, i) => address(i + 100)), address(0), ...reserved);
    const distinct = (max: number): fc.Arbitrary<string[]> =>
      fc.oneof(
        { weight: 5, arbitrary: fc.uniqueArray(people, { maxLength: max }) },
        { weight: 1, arbitrary: fc.array(people, { maxLength: max + 1 }) },
      );
    return fc
      .record({
        warrantyDays: fc.constantFrom(0, 30, 60, 90, 365, 730, 731),
        start: fc.constantFrom(...Array<number>(8).fill(world.start), world.start + 367 * 86_400),
        client: people,
        contributor: people,
        payees: distinct(8),
        short: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
        funders: distinct(7),
        profiles: fc.array(profile, { minLength: 1, maxLength: 4 }),
        milestones: fc.array(
          fc.record({
            amount: fc.oneof(
              { weight: 120, arbitrary: fc.bigInt({ min: 1n, max: 1n << 80n }) },
              { weight: 1, arbitrary: fc.constantFrom(0n, (1n << 96n) - 1n) },
            ),
            due: fc.integer({ min: 10, max: 65_535 }),
            fundBy: fc.oneof(
              { weight: 120, arbitrary: fc.integer({ min: 0, max: 10 }) },
              { weight: 1, arbitrary: fc.constant(65_535) },
            ),
            profile: fc.oneof(
              { weight: 120, arbitrary: fc.constant(0) },
              { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }) },
            ),
            policy: fc.integer({ min: 0, max: 15 }),
          }),
          { minLength: 1, maxLength: 16 },
        ),
        criteria: fc.oneof(
          { weight: 20, arbitrary: fc.constantFrom(0, 1, 3, 16) },
          { weight: 1, arbitrary: fc.constant(17) },
        ),
        seats: fc.oneof(
          { weight: 20, arbitrary: fc.constantFrom(0, 1, 10, 64) },
          { weight: 1, arbitrary: fc.constant(65) },
        ),
      })
      .map(({ payees, short, criteria, seats, ...rest }) => ({
        ...rest,
        feeBps: 100,
        token,
        termsHash: HASH,
        policyHash: HASH,
        payees: payees.map((account, i) => ({
          account,
          weight: i === 0 ? 10_000 - 9 * (payees.length - 1) - short : 9,
        })),
        criteria: Array.from({ length: criteria }, () => HASH),
        seats: Array.from({ length: seats }, (_, i) => ({
          id: address(500 + i),
          body: 'panel' as const,
          weight: 1 + i,
          excluded: i % 3 === 0,
        })),
      }));
  };

  /** Name of the error that the factory gives, null if it takes the bytes. */
  const refusal = async (args: string): Promise<string | null> => {
    try {
      await factory.getFunction('check').staticCall(args);
      return null;
    } catch (error) {
      const { data } = error as { data?: unknown };
      const found = typeof data === 'string' ? new Interface(factory.interface.fragments).parseError(data) : null;
      if (found === null) throw error;
      return found.name;
    }
  };

  it('break the same rules', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(terms(), async (candidate) => {
        const issues = termsIssues(candidate, { reserved, now: await world.now() });
        const error = await refusal(packTerms(candidate));
        if (error === null) accepted += 1;
        expect(error === null).toBe(issues.length === 0);
        if (error !== null) expect(issues.map((issue) => issue.error)).toContain(error);
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(20);
  }, 120_000);

  it('have the same address', async () => {
    const implementation = (await factory.getFunction('implementation')()) as string;
    for (const milestones of [1, 16]) {
      const args = packTerms({
        feeBps: 100,
        warrantyDays: 0,
        start: world.start,
        token,
        client: address(2),
        contributor: address(3),
        termsHash: HASH,
        policyHash: HASH,
        payees: [],
        funders: [],
        profiles: [DEFAULT_PROFILE],
        milestones: Array.from({ length: milestones }, () => ({
          amount: 1n,
          due: 9,
          fundBy: 1,
          profile: 0,
          policy: 0,
        })),
        criteria: milestones === 1 ? [] : [HASH],
        seats: [],
      });
      const predicted = (await factory.getFunction('predict')(args)) as string;
      expect(predictEscrow(String(factory.target), implementation, args)).toBe(predicted.toLowerCase());
    }
  });
});
