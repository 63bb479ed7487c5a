import { Inject, Injectable } from '@nestjs/common';
import {
  getAddress,
  hashMessage,
  Interface,
  JsonRpcProvider,
  Network,
  recoverAddress,
  type TypedDataDomain,
  TypedDataEncoder,
  type TypedDataField,
} from 'ethers';
import { CONFIG, type Config, DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { Problem } from '../../../platform/http/index.js';

const erc1271 = new Interface(['function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)']);
const MAGIC = '0x1626ba7e';

/**
 * Tells whether an account signed: plain keys by recovery, accounts with code by ERC-1271 (`eth_call`), as the contracts
 * do. Talks to the chain, so it is never called inside a transaction.
 */
@Injectable()
export class Signatures {
  #provider: JsonRpcProvider | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
  ) {}

  /** EIP-191 text. */
  async signedMessage(account: string, message: string, signature: string): Promise<boolean> {
    return this.signedHash(account, hashMessage(message), signature);
  }

  /** EIP-712 data. */
  async signedTypedData(
    account: string,
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    message: Record<string, unknown>,
    signature: string,
  ): Promise<boolean> {
    return this.signedHash(account, TypedDataEncoder.hash(domain, types, message), signature);
  }

  private async signedHash(account: string, hash: string, signature: string): Promise<boolean> {
    const code = await this.ask((provider) => provider.getCode(account));
    // An account with code (EIP-7702 included) is asked by ERC-1271 only, like OpenZeppelin's SignatureChecker.
    if (code === '0x') return recovers(account, hash, signature);
    try {
      const answer = await this.ask((provider) =>
        provider.call({ to: account, data: erc1271.encodeFunctionData('isValidSignature', [hash, signature]) }),
      );
      return answer.length >= 66 && answer.slice(0, 10) === MAGIC;
    } catch (error) {
      if (error instanceof Problem) throw error;
      return false;
    }
  }

  private async ask<T>(question: (provider: JsonRpcProvider) => Promise<T>): Promise<T> {
    this.#provider ??= this.connect();
    try {
      return await question(this.#provider);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (code === 'CALL_EXCEPTION' || code === 'BAD_DATA') throw error;
      throw new Problem(
        502,
        'chain-unavailable',
        'The chain does not answer, so the signature could not be checked; nothing was changed. Try again in a moment.',
      );
    }
  }

  private connect(): JsonRpcProvider {
    const network = Network.from(this.deployment?.chainId ?? 31_337);
    return new JsonRpcProvider(this.config.chain.rpcUrl, network, {
      staticNetwork: network,
      batchMaxCount: 1,
      cacheTimeout: -1,
    });
  }
}

function recovers(account: string, hash: string, signature: string): boolean {
  try {
    return recoverAddress(hash, signature) === getAddress(account);
  } catch {
    return false;
  }
}
