/** What must hold before a deployment's oracle decides about money, each in words. Reads only. */
import { createHash } from 'node:crypto';

import { AbiCoder, Contract, Interface, concat, getAddress, hexlify, zeroPadValue, type JsonRpcProvider } from 'ethers';

import { readArtifact } from '../lib/artifacts.ts';
import { CHAINS } from './chains.ts';

/** The parts of a deployment record that are looked at. */
export interface DeploymentRecord {
  readonly chainId: number;
  readonly fromBlock: number;
  readonly contracts: Readonly<Record<string, string>>;
  readonly oracle: {
    readonly label: string;
    readonly donId: number;
    readonly configVersion: number;
    readonly f: number;
    readonly signers: readonly string[];
    readonly chainSelector: string;
    readonly workflowId: string;
    readonly workflowOwner: string;
    readonly workflowName: string;
  };
}

/** `null`: to be looked at by a person; it does not fail the run. */
export interface Finding {
  readonly ok: boolean | null;
  readonly text: string;
}

const VERSION = 'KeystoneForwarder 1.0.0';
const RECEIVER_ID = '0x805f2132';
const ERC165_ID = '0x01ffc9a7';
const RELAY_GAS = 1_500_000;
const HASH = `0x${'5a'.repeat(32)}`;

const good = (text: string): Finding => ({ ok: true, text });
const bad = (text: string): Finding => ({ ok: false, text });
const look = (text: string): Finding => ({ ok: null, text });
const same = (a: unknown, b: unknown): boolean => String(a).toLowerCase() === String(b).toLowerCase();

/** The ten bytes in reports that stand for a workflow's name. */
export function nameField(name: string): string {
  return hexlify(Buffer.from(createHash('sha256').update(name).digest('hex').slice(0, 10), 'ascii'));
}

/**
 * All findings, in the order in which a mistake would hurt. A check that cannot be made because one before it failed is left out.
 * @throws when the chain cannot be reached
 */
export async function preflight(record: DeploymentRecord, provider: JsonRpcProvider): Promise<Finding[]> {
  const findings = await chainFindings(record, provider);
  if (findings.some(({ ok }) => ok === false)) return findings;
  const { contracts } = record;
  const missing = [
    'KeystoneForwarder',
    'CreOracle',
    'MilestoneGate',
    'EscrowFactory',
    'MilestoneEscrow',
    'Arbitration',
  ];
  for (const name of missing) {
    const address = contracts[name];
    if (address === undefined) findings.push(bad(`The record names no ${name}.`));
    else if ((await provider.getCode(address)) === '0x')
      findings.push(bad(`There is no contract at ${address}, which the record calls ${name}.`));
  }
  if (findings.some(({ ok }) => ok === false)) return findings;
  return [
    ...findings,
    ...(await forwarderFindings(record, provider)),
    ...(await wiringFindings(record, provider)),
    ...(await oracleFindings(record, provider)),
  ];
}

async function chainFindings({ chainId, oracle }: DeploymentRecord, provider: JsonRpcProvider): Promise<Finding[]> {
  const actual = Number(BigInt((await provider.send('eth_chainId', [])) as string));
  if (actual !== chainId)
    return [
      bad(`The node is of chain ${actual}; the record is of chain ${chainId}. Give the node of the right chain.`),
    ];
  const known = CHAINS[chainId];
  if (known === undefined)
    return [
      good(`The node is of chain ${chainId}.`),
      look(
        `Chain ${chainId} is not in the table of this version: compare selector ${oracle.chainSelector} and the forwarder with Chainlink's directory.`,
      ),
    ];
  const where = good(`The node is of chain ${chainId}, ${known.name}.`);
  return known.selector === oracle.chainSelector
    ? [where, good(`The selector ${oracle.chainSelector} is ${known.name}'s.`)]
    : [
        where,
        bad(
          `The selector ${oracle.chainSelector} is not that of ${known.name} (${known.selector}): every report would be refused. Deploy CreOracle again with the right one.`,
        ),
      ];
}

async function forwarderFindings(record: DeploymentRecord, provider: JsonRpcProvider): Promise<Finding[]> {
  const { chainId, contracts, oracle } = record;
  const address = String(contracts['KeystoneForwarder']);
  const forwarder = new Contract(address, ['function typeAndVersion() view returns (string)'], provider);
  let version: string;
  try {
    version = (await forwarder.getFunction('typeAndVersion')()) as string;
  } catch {
    return [bad(`${address} does not say what it is: it is no forwarder.`)];
  }
  if (version !== VERSION)
    return [
      bad(
        `${address} is “${version}”, not “${VERSION}”.${version.startsWith('Mock') ? ' Behind a mock forwarder anybody releases money without a signature.' : ''}`,
      ),
    ];
  const findings = [good(`The forwarder ${address} is ${VERSION}.`)];
  const known = CHAINS[chainId];
  if (oracle.label === 'chainlink') {
    if (known?.forwarder == null)
      findings.push(look('No production forwarder of this chain is in the table: compare it with the directory.'));
    else if (same(known.forwarder, address))
      findings.push(good('It is the one that Chainlink’s network delivers through here.'));
    else
      findings.push(
        bad(
          `Chainlink’s network delivers through ${known.forwarder} here, not through ${address}. Deploy with --forwarder ${known.forwarder}.`,
        ),
      );
  } else
    findings.push(
      look(
        `It is operated by whoever deployed it: the record labels the oracle “${oracle.label}”, and so does the portal.`,
      ),
    );
  return [...findings, ...(await committeeFindings(record, provider, address))];
}

/** The nodes that the forwarder accepts, from its own event. */
async function committeeFindings(
  { fromBlock, oracle }: DeploymentRecord,
  provider: JsonRpcProvider,
  address: string,
): Promise<Finding[]> {
  const events = new Interface([
    'event ConfigSet(uint32 indexed donId, uint32 indexed configVersion, uint8 f, address[] signers)',
  ]);
  const topics = events.encodeFilterTopics('ConfigSet', [oracle.donId, oracle.configVersion]);
  const from = oracle.label === 'chainlink' ? 0 : fromBlock;
  const logs = await provider.getLogs({ address, topics, fromBlock: from }).catch(() => null);
  if (logs === null)
    return [look('The node does not serve old events: compare the forwarder’s ConfigSet with the record by hand.')];
  const last = logs.at(-1);
  const config = last === undefined ? null : (events.parseLog(last)?.args ?? null);
  const which = `network ${oracle.donId}, configuration ${oracle.configVersion}`;
  if (config === null) return [bad(`The forwarder knows no ${which}: it refuses every report of it.`)];
  const signers = (config['signers'] as string[]).map((signer) => getAddress(signer));
  const f = Number(config['f']);
  const listed = new Set(oracle.signers.map((signer) => getAddress(signer)));
  const agree = f === oracle.f && signers.length === listed.size && signers.every((signer) => listed.has(signer));
  const findings = agree
    ? [good(`It accepts reports of ${which}: ${f + 1} of ${signers.length} nodes, those of the record.`)]
    : [bad(`Its ${which} is ${f + 1} of ${signers.length} nodes (${signers.join(', ')}); the record names others.`)];
  return f >= 1 && signers.length >= 3 * f + 1
    ? findings
    : [...findings, bad(`${signers.length} nodes do not tolerate ${f} faulty ones: 3f + 1 are needed.`)];
}

/** The receiver itself; where it answers as one, its workflows and a rehearsal too. */
async function oracleFindings(record: DeploymentRecord, provider: JsonRpcProvider): Promise<Finding[]> {
  const { contracts, oracle } = record;
  const address = String(contracts['CreOracle']);
  const contract = new Contract(address, readArtifact('CreOracle').abi as never, provider);
  const read = async (view: string, ...args: unknown[]): Promise<unknown> => contract.getFunction(view)(...args);
  const findings: Finding[] = [];
  const expect = async (view: string, expected: string, what: string, harm: string): Promise<void> => {
    const actual = await read(view);
    findings.push(
      same(actual, expected)
        ? good(`CreOracle's ${what} is ${expected}.`)
        : bad(`CreOracle's ${what} is ${String(actual)}, not ${expected}: ${harm}`),
    );
  };
  try {
    const isReceiver =
      (await read('supportsInterface', RECEIVER_ID)) === true && (await read('supportsInterface', ERC165_ID)) === true;
    if (!isReceiver) return [bad(`${address} is no receiver of reports: the forwarder would burn each one.`)];
    const again = 'it has no setter, so deploy a new CreOracle and name it in new policies.';
    await expect(
      'forwarder',
      String(contracts['KeystoneForwarder']),
      'forwarder',
      `it takes reports from another contract; ${again}`,
    );
    await expect('gate', String(contracts['MilestoneGate']), 'gate', `verdicts would reach another gate; ${again}`);
    await expect(
      'chainSelector',
      oracle.chainSelector,
      'chain selector',
      `reports for this chain are refused; ${again}`,
    );
    await expect(
      'workflowOwner',
      oracle.workflowOwner,
      'workflow owner',
      `reports of your workflow are refused; ${again}`,
    );
    await expect(
      'workflowName',
      nameField(oracle.workflowName),
      `workflow name (${oracle.workflowName})`,
      `reports of your workflow are refused; ${again}`,
    );
    const owner = String(await read('owner'));
    const live = oracle.label === 'chainlink';
    const isContract = (await provider.getCode(owner)) !== '0x';
    findings.push(
      isContract
        ? good(`CreOracle belongs to the contract ${owner}.`)
        : (live ? bad : look)(
            `CreOracle belongs to ${owner}, an account with a key, not to a timelock: one key lists and revokes workflows.`,
          ),
    );
  } catch (error) {
    return [
      ...findings,
      bad(
        `${address} does not answer as a CreOracle: ${error instanceof Error ? error.message.slice(0, 120) : String(error)}`,
      ),
    ];
  }
  return [...findings, ...(await workflowFindings(record, provider)), ...(await rehearsal(record, provider))];
}

async function workflowFindings(
  { contracts, oracle, fromBlock }: DeploymentRecord,
  provider: JsonRpcProvider,
): Promise<Finding[]> {
  const contract = new Contract(String(contracts['CreOracle']), readArtifact('CreOracle').abi as never, provider);
  const now = (await provider.getBlock('latest'))?.timestamp ?? 0;
  const activeAt = Number((await contract.getFunction('workflowActiveAt')(oracle.workflowId)) as bigint);
  const findings: Finding[] = [];
  if (activeAt === 0)
    findings.push(
      bad(
        `Workflow ${oracle.workflowId} is not allowed: propose allowWorkflow to the owner; it judges requests made 7 days later.`,
      ),
    );
  else if (activeAt > now)
    findings.push(
      bad(
        `Workflow ${oracle.workflowId} is allowed from ${new Date(activeAt * 1000).toISOString()} on; requests made before are not judged by it.`,
      ),
    );
  else
    findings.push(good(`Workflow ${oracle.workflowId} is allowed since ${new Date(activeAt * 1000).toISOString()}.`));
  const event = contract.interface.getEvent('WorkflowAllowed');
  const logs =
    event === null
      ? []
      : await provider
          .getLogs({ address: String(contracts['CreOracle']), topics: [event.topicHash], fromBlock })
          .catch(() => []);
  for (const id of new Set(logs.map(({ topics }) => String(topics[1])))) {
    if (same(id, oracle.workflowId)) continue;
    const since = Number((await contract.getFunction('workflowActiveAt')(id)) as bigint);
    if (since !== 0)
      findings.push(
        look(
          `Another workflow may judge too: ${id}, from ${new Date(since * 1000).toISOString()} on. Revoke it if it is no longer needed.`,
        ),
      );
  }
  return findings;
}

/** Escrows of the factory must ask the gate that the oracle tells. */
async function wiringFindings({ contracts }: DeploymentRecord, provider: JsonRpcProvider): Promise<Finding[]> {
  const views = [
    'function gate() view returns (address)',
    'function arbitration() view returns (address)',
    'function implementation() view returns (address)',
  ];
  const factory = new Contract(String(contracts['EscrowFactory']), views, provider);
  try {
    const implementation = String(await factory.getFunction('implementation')());
    const escrow = new Contract(implementation, views, provider);
    const gate = String(await escrow.getFunction('gate')());
    const arbitration = String(await escrow.getFunction('arbitration')());
    return [
      same(gate, contracts['MilestoneGate'])
        ? good('New escrows listen to the gate that the oracle tells.')
        : bad(
            `New escrows listen to the gate ${gate}; the oracle tells ${String(contracts['MilestoneGate'])}: no verdict would pay.`,
          ),
      same(arbitration, contracts['Arbitration'])
        ? good('New escrows listen to the arbitration of the record.')
        : bad(`New escrows listen to the arbitration ${arbitration}, not to ${String(contracts['Arbitration'])}.`),
    ];
  } catch (error) {
    return [
      bad(
        `The factory's escrow does not say its gate and arbitration: ${error instanceof Error ? error.message.slice(0, 120) : String(error)}`,
      ),
    ];
  }
}

/**
 * A report about a request that nobody made, delivered as the forwarder would, in a call that changes nothing: everything that
 * identifies chain, workflow and receiver must pass, and only the missing request may be the reason to refuse.
 */
async function rehearsal(
  { chainId, contracts, oracle }: DeploymentRecord,
  provider: JsonRpcProvider,
): Promise<Finding[]> {
  const creOracle = String(contracts['CreOracle']);
  const abi = new Interface(readArtifact('CreOracle').abi as never);
  const contract = new Contract(creOracle, abi, provider);
  const escrow = creOracle;
  let id: string;
  try {
    id = (await contract.getFunction('requestIdOf')(escrow, 0, 255, HASH, HASH)) as string;
  } catch {
    return [];
  }
  const coder = AbiCoder.defaultAbiCoder();
  const words = [
    'uint8',
    'uint64',
    'address',
    'bytes32',
    'address',
    'uint8',
    'uint8',
    'bytes32',
    'bytes32',
    'uint8',
    'uint16',
    'uint64',
    'uint64',
    'bytes32',
    'bytes32',
  ];
  const now = (await provider.getBlock('latest'))?.timestamp ?? 0;
  const payload = coder.encode(words, [
    1,
    oracle.chainSelector,
    creOracle,
    id,
    escrow,
    0,
    255,
    HASH,
    HASH,
    1,
    10_000,
    now,
    now + 3_600,
    zeroPadValue('0x', 32),
    HASH,
  ]);
  const metadata = concat([oracle.workflowId, nameField(oracle.workflowName), oracle.workflowOwner, '0x0001']);
  const data = abi.encodeFunctionData('onReport', [metadata, payload]);
  const from = String(contracts['KeystoneForwarder']);
  try {
    await provider.call({ from, to: creOracle, data, gasLimit: RELAY_GAS });
    return [bad('A report about a request that nobody made was taken. Do not use this contract.')];
  } catch (error) {
    const raw = (error as { data?: unknown }).data;
    const parsed = typeof raw === 'string' ? abi.parseError(raw) : null;
    return parsed?.name === 'CreOracle_StaleSubmission'
      ? [good(`A rehearsed report on chain ${chainId} was refused only because nobody asked for it, as it must be.`)]
      : [bad(`A rehearsed report was refused with ${parsed?.name ?? 'no reason'}: real ones would be too.`)];
  }
}
