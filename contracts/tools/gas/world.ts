/** A chain inside this process with Milepost's contracts, for exact gas from receipts. */
import {
  Contract,
  ContractFactory,
  type ContractTransactionResponse,
  type InterfaceAbi,
  type Signer,
  TypedDataEncoder,
} from 'ethers';
import { createHardhatRuntimeEnvironment, resolveHardhatConfigPath } from 'hardhat/hre';

import userConfig from '../../hardhat.config.ts';
import { escrowAbi, readArtifact } from '../lib/artifacts.ts';

/** Empty code that answers every call: a gate or arbitration that costs nothing. */
const STOP_CODE = '0x6001600c60003960016000f300';
const START = 1_900_000_000;
export const DAY = 86_400;

/** A party's consent as the contracts take it. */
export interface Consent {
  readonly nonce: bigint;
  readonly deadline: number;
  readonly signature: string;
}

export const SELF: Consent = { nonce: 0n, deadline: 0, signature: '0x' };
export const FOREVER = 2 ** 48 - 1;

type Connection = Awaited<ReturnType<Awaited<ReturnType<typeof createHardhatRuntimeEnvironment>>['network']['create']>>;

/** Accounts by role; each signs for itself. */
export interface People {
  readonly deployer: Signer;
  readonly client: Signer;
  readonly worker: Signer;
  readonly stranger: Signer;
  /** Further accounts with keys: seats, payees. */
  readonly others: readonly Signer[];
}

export class World {
  readonly people: People;
  private readonly connection: Connection;

  private constructor(connection: Connection, people: People) {
    this.connection = connection;
    this.people = people;
  }

  /** @param hardfork Rules of the chain: the P-256 precompile came with osaka. */
  static async create(hardfork: 'cancun' | 'osaka' = 'cancun'): Promise<World> {
    const root = new URL('../..', import.meta.url).pathname;
    const config = await resolveHardhatConfigPath(`${root}hardhat.config.ts`);
    const hre = await createHardhatRuntimeEnvironment(userConfig, { config }, root);
    const connection = await hre.network.create({ network: 'default', override: { hardfork } });
    const [deployer, client, worker, stranger, ...others] = await connection.ethers.getSigners();
    if (deployer === undefined || client === undefined || worker === undefined || stranger === undefined) {
      throw new Error('The in-process chain has no accounts.');
    }
    const world = new World(connection, { deployer, client, worker, stranger, others });
    await world.at(START);
    return world;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** Start of the projects: five days after the chain's first block here. */
  get start(): number {
    return START + 5 * DAY;
  }

  /** Mines a block at `time`; the next transactions follow by seconds. */
  async at(time: number): Promise<void> {
    await this.connection.provider.request({ method: 'evm_setNextBlockTimestamp', params: [time] });
    await this.connection.provider.request({ method: 'evm_mine' });
  }

  async now(): Promise<number> {
    const block = await this.connection.ethers.provider.getBlock('latest');
    if (block === null) throw new Error('The in-process chain has no block.');
    return block.timestamp;
  }

  /** Runs `work` and forgets what it did. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    const id = (await this.connection.provider.request({ method: 'evm_snapshot' })) as string;
    try {
      return await work();
    } finally {
      await this.connection.provider.request({ method: 'evm_revert', params: [id] });
    }
  }

  async deploy(name: string, ...args: readonly unknown[]): Promise<Contract> {
    const { abi, bytecode } = readArtifact(name);
    const factory = new ContractFactory(abi as InterfaceAbi, bytecode, this.people.deployer);
    const deployed = await factory.deploy(...args);
    await deployed.waitForDeployment();
    return new Contract(await deployed.getAddress(), abi as InterfaceAbi, this.people.deployer);
  }

  /** Code that does nothing. */
  async deployStop(): Promise<string> {
    const transaction = await this.people.deployer.sendTransaction({ data: STOP_CODE });
    const receipt = await transaction.wait();
    if (receipt?.contractAddress == null) throw new Error('The empty contract was not deployed.');
    return receipt.contractAddress;
  }

  escrow(address: string): Contract {
    return new Contract(address, escrowAbi() as InterfaceAbi, this.people.deployer);
  }

  /** A signer that is a contract (the gate, arbitration). */
  async as(address: string): Promise<Signer> {
    await this.connection.provider.request({
      method: 'hardhat_setBalance',
      params: [address, '0x56bc75e2d63100000'],
    });
    return this.connection.ethers.getImpersonatedSigner(address);
  }

  /** Sends one transaction. @returns gas used, by the receipt */
  async send(from: Signer, contract: Contract, name: string, ...args: readonly unknown[]): Promise<number> {
    const call = (contract.connect(from) as Contract).getFunction(name);
    const transaction = (await call(...args)) as ContractTransactionResponse;
    const receipt = await transaction.wait();
    if (receipt === null) throw new Error(`${name} was not mined.`);
    return Number(receipt.gasUsed);
  }

  /** Typed data's signature by an account of this chain. */
  async sign(
    signer: Signer,
    domain: { name: string; version: string; verifyingContract: string },
    types: Readonly<Record<string, readonly { name: string; type: string }[]>>,
    message: Record<string, unknown>,
  ): Promise<string> {
    const mutable = Object.fromEntries(Object.entries(types).map(([key, fields]) => [key, [...fields]]));
    const full = { ...domain, chainId: 31337 };
    TypedDataEncoder.hash(full, mutable, message);
    return signer.signTypedData(full, mutable, message);
  }
}
