import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  isProven,
  ORACLE_PROOF_SCHEMA,
  readCriteria,
  verifyOracleProof,
  type Committee,
  type OracleProof,
  type ProofLine,
} from '@milepost/protocol';
import { creOracleAbi, keystoneForwarderAbi } from '@milepost/protocol/generated/abi';
import { Contract, Interface, JsonRpcProvider } from 'ethers';
import { deploymentSchema } from '../platform/config/index.js';
import { committeeOf } from '../modules/oracle/application/committee.js';

const USAGE = `verify-report PROOF.json [--deployment RECORD.json] [--rpc URL]

Checks the signed report of an oracle verdict, exported from a milestone's page, without asking Milepost.
  --deployment  the record of the contracts and oracle nodes that you trust; without it the file's own word is taken
  --rpc         a node of the chain: compares the nodes with the forwarder's configuration and the verdict with the contract's`;

/** Exit codes: 0 the verdict is proven, 1 it is not, 2 nothing could be checked. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { deployment: { type: 'string' }, rpc: { type: 'string' }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [file] = positionals;
  if (values.help || file === undefined || positionals.length > 1) {
    process.stdout.write(`${USAGE}\n`);
    return values.help ? 0 : 2;
  }
  const proof = readProof(file);
  const committee = values.deployment === undefined ? proof.committee : readCommittee(values.deployment);
  const provider = values.rpc === undefined ? null : new JsonRpcProvider(values.rpc, undefined, { cacheTimeout: -1 });
  try {
    const randomness = provider === null ? null : await randomnessOf(proof, committee, provider);
    const lines = [
      ...verifyOracleProof(randomness === null ? proof : { ...proof, randomness }, committee),
      ...(provider === null ? [] : await chainLines(proof, committee, provider)),
    ];
    if (values.deployment === undefined && values.rpc === undefined)
      lines.push({
        ok: null,
        text: 'Nodes and contracts are those that the file names; --deployment or --rpc compares them.',
      });
    for (const { ok, text } of lines)
      process.stdout.write(`${ok === null ? '–     ' : ok ? 'ok    ' : 'FAILED'} ${text}\n`);
    const proven = isProven(lines);
    process.stdout.write(proven ? '\nThe verdict is proven.\n' : '\nThe verdict is NOT proven.\n');
    return proven ? 0 : 1;
  } finally {
    provider?.destroy();
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function readProof(file: string): OracleProof {
  const value = readJson(file) as OracleProof | null;
  if (value?.schema !== ORACLE_PROOF_SCHEMA)
    throw new Error(
      `${file} is no oracle proof (“schema” is not ${ORACLE_PROOF_SCHEMA}). Export it from the milestone's page.`,
    );
  return value;
}

function readCommittee(file: string): Committee {
  const parsed = deploymentSchema.safeParse(readJson(file));
  if (!parsed.success) throw new Error(`${file} is no deployment record: ${parsed.error.issues[0]?.message ?? ''}`);
  return committeeOf(parsed.data);
}

/** What the chain itself says about nodes and verdict. */
async function chainLines(proof: OracleProof, committee: Committee, provider: JsonRpcProvider): Promise<ProofLine[]> {
  const events = new Interface(keystoneForwarderAbi);
  const filter = events.encodeFilterTopics('ConfigSet', [committee.donId, committee.configVersion]);
  const logs = await provider.getLogs({ address: committee.forwarder, topics: filter, fromBlock: 0 });
  const last = logs.at(-1);
  const config = last === undefined ? undefined : events.parseLog(last)?.args;
  const listed = new Set(((config?.['signers'] ?? []) as string[]).map((signer) => signer.toLowerCase()));
  const nodes =
    listed.size === committee.signers.length &&
    committee.signers.every((signer) => listed.has(signer.toLowerCase())) &&
    Number(config?.['f']) === committee.f;
  const oracle = new Contract(committee.creOracle, creOracleAbi, provider);
  const stored = (await oracle.getFunction('attestation')(proof.request.requestId)) as Record<string, unknown>;
  const verdict = [undefined, 'passed', 'failed'][Number(stored['verdict'])];
  const same =
    proof.attestation !== null &&
    verdict === proof.attestation.verdict &&
    Number(stored['payBps']) === proof.attestation.payBps &&
    String(stored['evidenceHash']).toLowerCase() === proof.attestation.evidenceHash.toLowerCase();
  return [
    {
      ok: nodes,
      text: nodes
        ? `The forwarder on chain was configured with exactly these ${committee.signers.length} nodes.`
        : 'The forwarder on chain was configured with other nodes, or never with this configuration.',
    },
    {
      ok: same,
      text: same
        ? 'The contract on chain stores this verdict.'
        : `The contract on chain stores ${verdict === undefined ? 'no verdict for this request' : 'another verdict'}.`,
    },
  ];
}

/** Hash of the block that a sampled batch was drawn with; null for other kinds. */
async function randomnessOf(
  proof: OracleProof,
  committee: Committee,
  provider: JsonRpcProvider,
): Promise<string | null> {
  const text = proof.documents.criteria;
  if (text === null) return null;
  const criteria = readCriteria(text, proof.request.criteriaHash as `0x${string}`);
  if (criteria.kind !== 'sampled-batch') return null;
  const oracle = new Contract(committee.creOracle, creOracleAbi, provider);
  const stored = (await oracle.getFunction('attestation')(proof.request.requestId)) as { requestBlock: bigint };
  return (await provider.getBlock(Number(stored.requestBlock) + criteria.drawDelay))?.hash ?? null;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`Nothing was checked: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
