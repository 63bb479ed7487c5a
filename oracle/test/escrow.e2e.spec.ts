/** The whole way on the real contracts: signed terms, money, submission, four nodes, verdict, payment to the unit. */
import { Contract, type Result } from 'ethers';
import { creOracleAbi } from '@milepost/protocol/generated/abi';
import { account, AMOUNT, EscrowHarness } from './escrow-harness.js';
import { BAD_FILES, GOOD_FILES, until } from './harness.js';

describe('an oracle milestone on the real contracts', () => {
  let harness: EscrowHarness;
  beforeAll(async () => {
    harness = await EscrowHarness.start(3);
  }, 120_000);
  afterAll(() => harness.stop());

  const submit = (milestone: number, files: Record<string, string>) => harness.submit(milestone, files);
  const stateOf = (milestone: number) => harness.stateOf(milestone);
  const balance = (of: string) => harness.balance(of);
  const lastVerdict = (): Promise<string> =>
    until('a verdict', () => harness.network.jobs().find(({ state }) => state === 'answered')?.verdict ?? undefined);

  it('work that passes is paid at once, to the last unit', async () => {
    const contributorAddress = await harness.contributor.getAddress();
    const before = [await balance(contributorAddress), await balance(account(3).address)] as const;
    const submitted = await stateOf(0);
    await submit(0, GOOD_FILES);
    expect(await lastVerdict()).toBe('passed');
    expect(await stateOf(0)).not.toBe(submitted);
    // Holdback 10 % of 100.000001 = 10.000000; payable 90.000001; fee 1 % = 0.900000; 89.100001 to the payees, the
    // remainder to the first.
    expect((await balance(contributorAddress)) - before[0]).toBe(53_460_001n);
    expect((await balance(account(3).address)) - before[1]).toBe(35_640_000n);
    expect(await balance(String(harness.escrow.target))).toBe(3n * AMOUNT - 89_100_001n - 900_000n);
  });

  it('work that fails is not paid, and the client may still decide', async () => {
    const before = await balance(String(harness.escrow.target));
    await submit(1, BAD_FILES);
    const submitted = await stateOf(1);
    const oracle = new Contract(harness.deployment.contracts.CreOracle, creOracleAbi, harness.provider);
    const failed = await until('the second verdict', () =>
      harness.network.jobs().find(({ state, verdict }) => state === 'answered' && verdict === 'failed'),
    );
    const record = (await oracle.getFunction('attestation')(failed.requestId)) as Result;
    expect(record.toObject()).toMatchObject({ verdict: 2n, payBps: 0n, pushed: true });
    expect(await balance(String(harness.escrow.target))).toBe(before);
    expect(await stateOf(1)).toBe(submitted);
  });

  it('a request whose log was missed is found through its escrow and gate', async () => {
    await harness.network.stop();
    await submit(2, GOOD_FILES);
    // Only its clock can bring it the open request.
    const blind = await harness.openBlind();
    const results: (string | null)[] = [];
    for (let tick = 0; tick < 50 && results.at(-1) !== 'passed'; tick++) {
      results.push((await blind.runTick(1_800_000_000 + tick * 300)).result);
    }
    expect(results.at(-1)).toBe('passed');
    expect((await blind.runTick(1_900_000_000)).result).toBe('nothing pending');
  });
});
