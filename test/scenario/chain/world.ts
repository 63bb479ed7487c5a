/** The contracts of a scenario on a fresh chain, with one key per party. */
import {
  Contract,
  ContractFactory,
  NonceManager,
  Wallet,
  ZeroAddress,
  ZeroHash,
  id,
  keccak256,
  toUtf8Bytes,
} from 'ethers';
import { workflowNameField } from '@milepost/protocol';
import { secondOf, type Scenario } from '../format.js';
import { Chain, type LocalChain } from './anvil.js';
import { artifact, escrowInterface } from './artifacts.js';

/** Oracle network of the scenario: any f + 1 of its nodes sign a report. */
export interface OracleNetwork {
  readonly donId: number;
  readonly configVersion: number;
  readonly f: number;
  readonly nodes: readonly Wallet[];
  readonly chainSelector: bigint;
  readonly workflowId: string;
  readonly workflowOwner: string;
  readonly workflowName: string;
}

const DAY = 86_400;

/** Key of a party: the same in every run. */
export const keyOf = (role: string): string => keccak256(toUtf8Bytes(`milepost scenario ${role}`));

export class ChainWorld {
  private constructor(
    readonly chain: LocalChain,
    readonly token: Contract,
    readonly forwarder: Contract,
    readonly verifier: Contract,
    readonly book: Contract,
    readonly gate: Contract,
    readonly arbitration: Contract,
    readonly inbox: Contract,
    readonly factory: Contract,
    readonly oracle: Contract,
    readonly anchor: Contract,
    readonly network: OracleNetwork,
    readonly treasury: string,
    private readonly scenario: Scenario,
    private readonly wallets: ReadonlyMap<string, Wallet>,
  ) {}

  /** Deploys everything on a fresh chain, gives every party its opening balance. */
  static async start(
    scenario: Scenario,
    begin: (genesis: number) => Promise<LocalChain> = (genesis) => Chain.start(genesis),
  ): Promise<ChainWorld> {
    const first = Math.min(...scenario.steps.map((step) => secondOf(step.at)));
    const chain = await begin(first - DAY);
    try {
      return await ChainWorld.deploy(scenario, chain);
    } catch (error) {
      await chain.stop();
      throw error;
    }
  }

  private static async deploy(scenario: Scenario, chain: LocalChain): Promise<ChainWorld> {
    const wallet = (role: string): Wallet => new Wallet(keyOf(role), chain.provider);
    const operator = wallet('operator');
    const treasury = wallet('treasury of the DAO').address;
    const wallets = new Map(Object.keys(scenario.parties).map((party) => [party, wallet(`party ${party}`)]));
    for (const account of [operator, wallet('relayer'), ...wallets.values()]) {
      await chain.rpc('hardhat_setBalance', account.address, `0x${(10n ** 24n).toString(16)}`);
    }
    const sender = new NonceManager(operator);
    const deploy = async (name: string, ...args: unknown[]): Promise<Contract> => {
      const { bytecode, contract } = artifact(name);
      const factory = new ContractFactory(contract, bytecode, sender);
      const deployed = await factory.deploy(...args);
      await deployed.waitForDeployment();
      return new Contract(await deployed.getAddress(), contract, sender);
    };
    const issuer = Object.entries(scenario.parties).find(([, party]) => party.kind === 'issuer')?.[0];
    const token = await deploy('TestToken', (issuer === undefined ? operator : wallets.get(issuer))?.address);
    const nodes = [0, 1, 2, 3].map((index) => wallet(`oracle node ${index}`));
    const network: OracleNetwork = {
      donId: 1,
      configVersion: 1,
      f: 1,
      nodes,
      chainSelector: 7_759_470_850_252_068_959n,
      workflowId: id('milepost scenario workflow'),
      workflowOwner: wallet('workflow owner').address,
      workflowName: workflowNameField('milepost-judge'),
    };
    const forwarder = await deploy('KeystoneForwarder');
    await forwarder.getFunction('setConfig')(
      network.donId,
      network.configVersion,
      network.f,
      nodes.map((node) => node.address),
    );
    const verifier = await deploy('ERC7913WebAuthnVerifier');
    const book = await deploy('PolicyBook');
    const gate = await deploy('MilestoneGate', verifier.target, book.target);
    const arbitration = await deploy('Arbitration', book.target);
    const inbox = await deploy('FeeInbox', operator.address, treasury);
    const feeBps = Math.max(0, ...Object.values(scenario.projects).map((terms) => terms.feeBps));
    const agreements = await deploy('EscrowAgreements', gate.target, arbitration.target, inbox.target);
    const factory = await deploy(
      'EscrowFactory',
      operator.address,
      operator.address,
      gate.target,
      arbitration.target,
      inbox.target,
      agreements.target,
      book.target,
      feeBps,
    );
    await factory.getFunction('setToken')(token.target, true);
    const oracle = await deploy(
      'CreOracle',
      operator.address,
      forwarder.target,
      gate.target,
      network.chainSelector,
      network.workflowOwner,
      network.workflowName,
      network.workflowId,
    );
    const logKey = wallet('log key').address;
    const anchor = await deploy('AuditAnchor', logKey, operator.address, ZeroAddress, 0, ZeroHash);
    const world = new ChainWorld(
      chain,
      token,
      forwarder,
      verifier,
      book,
      gate,
      arbitration,
      inbox,
      factory,
      oracle,
      anchor,
      network,
      treasury,
      scenario,
      wallets,
    );
    for (const [party, { wallet: amount }] of Object.entries(scenario.parties)) {
      if (amount !== '0') await token.getFunction('mint')(world.addressOf(party), amount);
    }
    return world;
  }

  /** Owner of the factory and of the fee inbox. */
  async operator(): Promise<string> {
    return (await this.factory.getFunction('owner').staticCall()) as string;
  }

  /** Somebody who posts what others signed. */
  get anyone(): Wallet {
    return new Wallet(keyOf('relayer'), this.chain.provider);
  }

  /** Account of a party. */
  walletOf(party: string): Wallet {
    const wallet = this.wallets.get(party);
    if (wallet === undefined) throw new Error(`The file lists no party "${party}".`);
    return wallet;
  }

  addressOf(party: string): string {
    return this.walletOf(party).address;
  }

  /** Name of the party at an address; the address itself if none is there. */
  partyAt(address: string): string {
    for (const [party, wallet] of this.wallets) if (wallet.address === address) return party;
    return address;
  }

  isOracle(party: string): boolean {
    return this.scenario.parties[party]?.kind === 'oracle';
  }

  /** Contract of a project's escrow. */
  escrowAt(address: string): Contract {
    return new Contract(address, escrowInterface(), this.chain.provider);
  }
}
