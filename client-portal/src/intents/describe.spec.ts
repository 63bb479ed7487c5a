import { describe as rows, rawJson } from './describe';

const data = {
  domain: { name: 'MilestoneGate' },
  types: {
    Ballot: [
      { name: 'escrow', type: 'address' },
      { name: 'milestone', type: 'uint8' },
      { name: 'payBps', type: 'uint16' },
      { name: 'digest', type: 'bytes32' },
      { name: 'approve', type: 'bool' },
      { name: 'reason', type: 'bytes32' },
      { name: 'account', type: 'address' },
    ],
  },
  primaryType: 'Ballot',
  message: {
    escrow: '0x1111111111111111111111111111111111111111',
    milestone: 0,
    payBps: 10_000,
    digest: `0x${'ab'.repeat(32)}`,
    approve: false,
    reason: `0x${'00'.repeat(32)}`,
    account: '0x0000000000000000000000000000000000000000',
  },
};

describe('the review of what is signed', () => {
  it('has one row per signed field, in the order of the type', () => {
    expect(rows(data).map((row) => row.field)).toEqual(data.types.Ballot.map((field) => field.name));
  });

  it('puts values into words without losing one', () => {
    expect(rows(data).map((row) => row.value)).toEqual([
      data.message.escrow,
      '1',
      '100%',
      data.message.digest,
      'Request changes',
      'none',
      'none',
    ]);
  });

  it('shows a changed message as changed', () => {
    const other = { ...data, message: { ...data.message, approve: true } };
    expect(rows(other)[4]?.value).toBe('Approve');
  });

  it('writes big numbers in full', () => {
    expect(rawJson({ value: 2n ** 96n })).toContain('79228162514264337593543950336');
  });
});
