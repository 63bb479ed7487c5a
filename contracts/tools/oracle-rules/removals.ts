/** The thirteen rules of a report's consumer, and what a source without each of them looks like. */

/** One way to remove a rule: each pair of texts, found exactly once, is exchanged. */
export interface Removal {
  readonly rule: number;
  /** What no longer holds. */
  readonly name: string;
  readonly edits: readonly (readonly [find: string, replacement: string])[];
}

/** What each rule keeps. Rule 12 is the transmitter's; rule 13 has no code, because nothing reads a price feed. */
export const RULES: Record<number, string> = {
  1: 'immutable forwarder, its version checked at deployment',
  2: 'workflow owner and name, plus listed ids with a delay',
  3: 'a report is bound to chain, receiver and request',
  4: 'bounded times, one verdict',
  5: 'a gate that fails does not lose the verdict',
  6: 'round, digest and state are checked again',
  7: 'gas floor, try/catch, effects first',
  8: 'supportsInterface answers as the forwarder asks',
  9: 'the stop switch stops signed reports',
  10: 'no zero binding, no setter',
  11: 'metadata is 64 bytes',
  12: 'delivery with explicit gas; success is the event',
  13: 'no price feed is read: amounts are token units',
};

const remove = (text: string): readonly [string, string] => [text, ''];

/** Removals in `contracts/src/approval/CreOracle.sol`. */
export const CONTRACT_REMOVALS: readonly Removal[] = [
  {
    rule: 1,
    name: 'anyone may report',
    edits: [remove('if (msg.sender != forwarder) revert CreOracle_OnlyForwarder(msg.sender);')],
  },
  {
    rule: 1,
    name: 'any version of a forwarder',
    edits: [
      ['if (keccak256(bytes(ITypeAndVersion(forwarder_).typeAndVersion())) != FORWARDER_VERSION) {', 'if (false) {'],
    ],
  },
  {
    rule: 1,
    name: 'a forwarder without code',
    edits: [remove('if (forwarder_.code.length == 0) revert CreOracle_BadForwarder(forwarder_);')],
  },
  {
    rule: 2,
    name: "any workflow owner's report",
    edits: [['if (owner_ != workflowOwner || name != workflowName)', 'if (name != workflowName)']],
  },
  {
    rule: 2,
    name: 'any workflow name',
    edits: [['if (owner_ != workflowOwner || name != workflowName)', 'if (owner_ != workflowOwner)']],
  },
  {
    rule: 2,
    name: 'any workflow id',
    edits: [['if (activeAt == 0 || activeAt > requestedAt) {', 'if (activeAt > requestedAt) {']],
  },
  {
    rule: 2,
    name: 'an id younger than the request',
    edits: [['if (activeAt == 0 || activeAt > requestedAt) {', 'if (activeAt == 0) {']],
  },
  {
    rule: 2,
    name: 'no delay before an id is active',
    edits: [['uint40 internal constant WORKFLOW_DELAY = 7 days;', 'uint40 internal constant WORKFLOW_DELAY = 0;']],
  },
  {
    rule: 3,
    name: "another chain's selector",
    edits: [['if (p.chainSelector != chainSelector || p.receiver', 'if (p.receiver']],
  },
  { rule: 3, name: 'another receiver', edits: [[' || p.receiver != address(this) || ', ' || ']] },
  { rule: 3, name: 'another request', edits: [[' || p.requestId != id) {', ') {']] },
  {
    rule: 3,
    name: 'a request id without the chain',
    edits: [['keccak256(abi.encode(block.chainid, address(this),', 'keccak256(abi.encode(uint256(0), address(this),']],
  },
  { rule: 4, name: 'observed before the request', edits: [remove('p.observedAt < requestedAt ||')] },
  { rule: 4, name: 'observed in the future', edits: [remove('p.observedAt > block.timestamp + MAX_AHEAD ||')] },
  { rule: 4, name: 'no longer valid', edits: [remove('p.validUntil < block.timestamp ||')] },
  {
    rule: 4,
    name: 'valid for ever',
    edits: [
      ['p.validUntil < block.timestamp ||', 'p.validUntil < block.timestamp'],
      remove('p.validUntil > uint256(p.observedAt) + MAX_VALIDITY'),
    ],
  },
  {
    rule: 4,
    name: 'a second verdict',
    edits: [remove('if (record.verdict != 0) revert CreOracle_AlreadyReported(p.requestId);')],
  },
  {
    rule: 5,
    name: 'a gate that fails takes the report with it',
    edits: [
      ['emit PushFailed(id, reason);', 'assembly { revert(add(reason, 32), mload(reason)) }'],
      remove('record.pushed = false;'),
    ],
  },
  { rule: 6, name: 'a submission that no longer waits', edits: [['if (!open || !_waits(p))', 'if (!open)']] },
  {
    rule: 6,
    name: 'a request that has expired',
    edits: [['requestedAt != 0 && block.timestamp <= uint256(requestedAt) + record.lifetime;', 'requestedAt != 0;']],
  },
  {
    rule: 7,
    name: 'no gas floor',
    edits: [remove('if (gasleft() < CALLBACK_FLOOR) revert CreOracle_NeedsGas(gasleft(), CALLBACK_FLOOR);')],
  },
  { rule: 7, name: 'all gas to the gate', edits: [['report{gas: CALLBACK_GAS}(', 'report(']] },
  {
    rule: 7,
    name: 'the mark after the call',
    edits: [
      remove('record.pushed = true;'),
      ['emit Pushed(id, latched);', 'record.pushed = true; emit Pushed(id, latched);'],
    ],
  },
  {
    rule: 8,
    name: 'is no receiver to the forwarder',
    edits: [['return interfaceId == type(IReceiver).interfaceId || ', 'return ']],
  },
  { rule: 9, name: 'revoking changes nothing', edits: [remove('delete workflowActiveAt[workflowId];')] },
  {
    rule: 9,
    name: 'anyone revokes',
    edits: [remove('if (msg.sender != owner() && msg.sender != guardian) revert CreOracle_OnlyGuardian(msg.sender);')],
  },
  { rule: 10, name: 'gate zero', edits: [remove('gate_ == address(0) ||')] },
  { rule: 10, name: 'selector zero', edits: [remove('chainSelector_ == 0 ||')] },
  { rule: 10, name: 'workflow owner zero', edits: [remove('workflowOwner_ == address(0) ||')] },
  {
    rule: 10,
    name: 'a setter for the forwarder',
    edits: [
      ['address public immutable forwarder;', 'address public forwarder;'],
      [
        '/// @inheritdoc ICreOracle\n    function setGuardian(',
        'function setForwarder(address next) external onlyOwner {\n        forwarder = next;\n    }\n\n    /// @inheritdoc ICreOracle\n    function setGuardian(',
      ],
    ],
  },
  {
    rule: 11,
    name: 'metadata of any length',
    edits: [remove('if (metadata.length != METADATA_SIZE) revert CreOracle_BadMetadata(metadata.length);')],
  },
];

/** Removals in `oracle/network/transmitter.ts`. */
export const TRANSMITTER_REMOVALS: readonly Removal[] = [
  { rule: 12, name: 'gas left to an estimate', edits: [['gasLimit: gas,', 'gasLimit: 300_000n,']] },
  {
    rule: 12,
    name: 'success is the status',
    edits: [
      [
        "if (processed(receipt, this.forwarder)) return { ...base, outcome: 'delivered'",
        "return { ...base, outcome: 'delivered'",
      ],
    ],
  },
];

/** The source without the rule. @throws when a text is not there exactly once */
export function removed(source: string, removal: Removal): string {
  let out = source;
  for (const [find, replacement] of removal.edits) {
    if (out.split(find).length !== 2) {
      throw new Error(
        `Rule ${removal.rule}, "${removal.name}": the source has this text ${out.split(find).length - 1} times, not once: ${find}`,
      );
    }
    out = out.replace(find, () => replacement);
  }
  return out;
}
