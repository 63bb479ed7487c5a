/** Runs the Ignition module against a chain. */
import { createHash } from 'node:crypto';

import { createHardhatRuntimeEnvironment, resolveHardhatConfigPath } from 'hardhat/hre';

import userConfig from '../../hardhat.config.ts';
import { milepostModule } from '../../deploy/modules/Milepost.ts';
import { hasArtifact } from './artifacts.ts';

/** Public side of the oracle network's keys. */
export interface OracleKeys {
  readonly signers: readonly string[];
  readonly transmitter: string;
  readonly workflowId: string;
  readonly workflowOwner: string;
  readonly workflowName: string;
  readonly donId: number;
  readonly configVersion: number;
}

export interface DeployOptions {
  readonly url: string;
  readonly deployerKey: string;
  readonly owner: string;
  readonly guardian: string;
  readonly treasury: string;
  readonly feeBps: number;
  readonly chainSelector: string;
  /** Address of the key that signs heads of the audit log. */
  readonly logKey: string;
  readonly keys: OracleKeys;
  /** Chainlink's forwarder on this chain; undefined deploys one of our own, with the keys' signers. */
  readonly forwarder: string | undefined;
  /** Token of new projects; undefined deploys the test token. */
  readonly token: string | undefined;
  /** Folder of the journal: a deployment that broke off goes on from there. */
  readonly journalDir: string;
}

/** Name field of a workflow in report metadata: the first ten hex digits of its SHA-256, as text. */
function workflowNameField(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `0x${Buffer.from(digits, 'ascii').toString('hex')}`;
}

/** Deploys everything. @returns addresses by contract name */
export async function deployContracts(options: DeployOptions): Promise<Record<string, string>> {
  const configPath = await resolveHardhatConfigPath(new URL('../../hardhat.config.ts', import.meta.url).pathname);
  const hre = await createHardhatRuntimeEnvironment(
    {
      ...userConfig,
      paths: { ...userConfig.paths, ignition: options.journalDir },
      networks: {
        ...userConfig.networks,
        target: { type: 'http', chainType: 'l1', url: options.url, accounts: [options.deployerKey] },
      },
      ignition: { requiredConfirmations: 1, blockPollingInterval: 20 },
    },
    { config: configPath },
    new URL('../..', import.meta.url).pathname,
  );
  const { ignition, provider } = await hre.network.create('target');
  const { keys } = options;
  const module = milepostModule({
    testToken: options.token === undefined,
    auditAnchor: hasArtifact('AuditAnchor'),
    knownForwarder: options.forwarder !== undefined,
  });
  const { signers } = keys;
  const parameters = {
    owner: options.owner,
    guardian: options.guardian,
    treasury: options.treasury,
    feeBps: options.feeBps,
    chainSelector: BigInt(options.chainSelector),
    workflowOwner: keys.workflowOwner,
    workflowName: workflowNameField(keys.workflowName),
    workflowId: keys.workflowId,
    donId: keys.donId,
    configVersion: keys.configVersion,
    f: Math.floor((signers.length - 1) / 3),
    signers: [...signers],
    issuer: options.owner,
    logKey: options.logKey,
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.forwarder === undefined ? {} : { forwarder: options.forwarder }),
  };
  const deployed = await ignition.deploy(module, { parameters: { Milepost: parameters } });
  const { factory } = deployed;
  const implementation = (await factory.getFunction('implementation')()) as string;
  const addresses = {
    EscrowFactory: await factory.getAddress(),
    MilestoneEscrow: implementation,
    EscrowAgreements: await deployed.agreements.getAddress(),
    PolicyBook: await deployed.book.getAddress(),
    MilestoneGate: await deployed.gate.getAddress(),
    CreOracle: await deployed.oracle.getAddress(),
    Arbitration: await deployed.arbitration.getAddress(),
    KeystoneForwarder: await deployed.forwarder.getAddress(),
    FeeInbox: await deployed.feeInbox.getAddress(),
    PasskeyVerifier: await deployed.verifier.getAddress(),
  };
  const optional: Record<string, string> = {};
  if (deployed.anchor !== undefined) optional['AuditAnchor'] = await deployed.anchor.getAddress();
  if (deployed.token !== undefined) optional['TestToken'] = await deployed.token.getAddress();
  await provider.close();
  return { ...addresses, ...optional };
}
