import { Interface, Wallet } from 'ethers';
import { abis } from '../abis.js';
import { ChainCodec } from '../codec.js';
import { ContractError, contractProblem } from '../contract-error.js';
import type { ChainAction, SignedBallot } from '../relayer.js';
import { buildCall, reservedGas } from './calls.js';

const at = (n: number): string => `0x${n.toString(16).padStart(40, '0')}`;
const addresses = {
  EscrowFactory: at(1),
  MilestoneEscrow: at(2),
  PolicyBook: at(9),
  MilestoneGate: at(3),
  CreOracle: at(4),
  Arbitration: at(5),
  KeystoneForwarder: at(6),
  FeeInbox: at(7),
  AuditAnchor: at(8),
};
const escrow = at(0xe5c);
const codec = new ChainCodec(abis);
const auth = { nonce: '55340232221128654848', deadline: 1_800_000_000, signature: `0x${'11'.repeat(65)}` };
const digest = `0x${'d1'.repeat(32)}`;
const key = { escrow, milestone: 1, round: 2, question: 0, payBps: 10_000, digest };
const decode = (contract: 'MilestoneEscrow' | 'MilestoneGate' | 'EscrowFactory', data: string) => {
  const parsed = new Interface(abis[contract]).parseTransaction({ data });
  if (!parsed) throw new Error('not a call of this contract');
  return parsed;
};

describe('buildCall', () => {
  it('sends a party’s call to its escrow, with its consent', () => {
    const call = buildCall(codec, addresses, { kind: 'submit', escrow, milestone: 1, digest, auth });
    const { name, args } = decode('MilestoneEscrow', call.data);
    expect([call.to, name, args[0], args[1]]).toEqual([escrow, 'submit', 1n, digest]);
    expect([...args[2]]).toEqual([BigInt(auth.nonce), BigInt(auth.deadline), auth.signature]);
  });

  it('creates without money and without further calls', () => {
    const action: ChainAction = {
      kind: 'create',
      args: '0x01',
      gatePolicy: '0x02',
      arbitrationPolicy: '0x03',
      client: auth,
      contributor: auth,
    };
    const call = buildCall(codec, addresses, action);
    const { name, args } = decode('EscrowFactory', call.data);
    expect([call.to, name, args[5], [...args[6]]]).toEqual([addresses.EscrowFactory, 'create', 0n, []]);
  });

  it('puts approvals of plain keys into the compact form, and everything else into the long one', async () => {
    const wallet = Wallet.createRandom();
    const signature = await wallet.signMessage('x');
    const ballot = (changes: Partial<SignedBallot>): SignedBallot => ({
      seat: 3,
      approve: true,
      reason: `0x${'00'.repeat(32)}`,
      account: at(0),
      signature,
      ...changes,
    });
    const reason = `0x${'aa'.repeat(32)}`;
    const call = buildCall(codec, addresses, {
      kind: 'ballots',
      key,
      ballots: [ballot({}), ballot({ seat: 4, approve: false, reason }), ballot({ seat: 5, account: at(9) })],
    });
    const { name, args } = decode('MilestoneGate', call.data);
    expect(name).toBe('castBatch');
    const compact = String(args[1]);
    expect(compact).toHaveLength(2 + 65 * 2);
    expect(compact.slice(0, 4)).toBe('0x03');
    expect(compact.slice(4, 68)).toBe(signature.slice(2, 66));
    expect([...args[2]].map((entry) => [entry[0], entry[1], entry[2]])).toEqual([
      [4n, false, reason],
      [5n, true, `0x${'00'.repeat(32)}`],
    ]);
  });

  it('knows how much gas each action reserves, below what a chain takes', () => {
    for (const [kind, gas] of Object.entries(reservedGas))
      expect([kind, gas > 21_000 && gas < 16_000_000]).toEqual([kind, true]);
  });
});

describe('contract errors', () => {
  const revert = (name: string, args: unknown[]): string =>
    new Interface(abis.MilestoneEscrow).encodeErrorResult(name, args);

  it('carry the contract’s name as the code, and its values', () => {
    const decoded = codec.error(revert('Escrow_TooLate', [1, 1_800_000_000]));
    expect(contractProblem(decoded, '')).toEqual({
      code: 'escrow-too-late',
      detail: expect.stringMatching(/^The time for this is over\. \(.*1800000000\)$/),
    });
  });

  it('are told apart from unknown ones, plain reasons and none', () => {
    expect(contractProblem(codec.error('0xdeadbeef'), 'execution reverted').code).toBe('call-refused');
    expect(contractProblem(codec.error(null), 'execution reverted').detail).toContain('execution reverted');
    const plain = `0x08c379a0${'0'.repeat(62)}20${'0'.repeat(63)}5${Buffer.from('hello').toString('hex').padEnd(64, '0')}`;
    expect(contractProblem(codec.error(plain), '')).toMatchObject({
      code: 'call-refused',
      detail: expect.stringContaining('hello'),
    });
    expect(new ContractError(null, 'x').problem.code).toBe('call-refused');
  });

  it('have a code for every error of ours, in kebab-case', () => {
    for (const contract of ['MilestoneEscrow', 'MilestoneGate', 'CreOracle', 'EscrowFactory'] as const)
      new Interface(abis[contract]).forEachError((error) => {
        expect(contractProblem({ name: error.name, args: new Map() }, '').code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      });
  });
});
