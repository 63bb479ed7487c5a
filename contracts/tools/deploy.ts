/**
 * Deploys Milepost to the chain behind CHAIN_RPC_URL and writes the deployment record.
 *
 *   node contracts/tools/deploy.ts --oracle KEYS.json --out RECORD.json [--relayer-key FILE] [--log-key ADDRESS] [--fee-bps 100]
 *
 * KEYS.json: `{signers, transmitter, workflowId, workflowOwner, workflowName, donId, configVersion}` (public side only).
 * On the local chain (31337) it deploys the test token too, funds relayer and transmitter, and gives the client account
 * test money; the deployer is the first public development account. Elsewhere DEPLOYER_KEY, `--owner` and `--token` are
 * needed, and `--forwarder` with Chainlink's forwarder of that chain; without it one of our own is deployed for the signers of
 * KEYS.json, and the record labels the oracle as self-operated. An existing record is kept if its contracts are on the chain; a
 * deployment that broke off goes on where it was.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import {
  Contract,
  HDNodeWallet,
  JsonRpcProvider,
  NonceManager,
  Wallet,
  computeAddress,
  formatUnits,
  parseEther,
} from 'ethers';

import { type DeployOptions, type OracleKeys, deployContracts } from './lib/deployment.ts';
import { readArtifact } from './lib/artifacts.ts';

/** The public development accounts of every local chain; nobody keeps value there. */
const DEVELOPMENT_MNEMONIC = 'test test test test test test test test test test test junk';
const LOCAL_CHAIN = 31337;
/** CCIP's selector for a local development chain. */
const LOCAL_SELECTOR = '7759470850252068959';
const CLIENT_INDEX = 1;
const CLIENT_MONEY = 1_000_000n * 10n ** 6n;
const GAS_MONEY = parseEther('100');

interface Record_ {
  readonly chainId: number;
  readonly genesisHash: string;
  readonly contracts: { readonly EscrowFactory: string };
}

const { values } = parseArgs({
  options: {
    oracle: { type: 'string' },
    out: { type: 'string' },
    'relayer-key': { type: 'string' },
    'log-key': { type: 'string' },
    'fee-bps': { type: 'string', default: '100' },
    owner: { type: 'string' },
    guardian: { type: 'string' },
    treasury: { type: 'string' },
    token: { type: 'string' },
    selector: { type: 'string' },
    forwarder: { type: 'string' },
  },
});

function required(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new Error(`${what} is missing. Nothing was deployed.`);
  return value;
}

const developmentAccount = (index: number): HDNodeWallet =>
  HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);

/** Whether the record's contracts are on this chain; throws if it belongs to another one. */
async function isDeployed(
  provider: JsonRpcProvider,
  file: string,
  chainId: number,
  genesisHash: string,
): Promise<boolean> {
  if (!existsSync(file)) return false;
  const record = JSON.parse(readFileSync(file, 'utf8')) as Record_;
  const here = record.chainId === chainId && record.genesisHash === genesisHash;
  if (here && (await provider.getCode(record.contracts.EscrowFactory)) !== '0x') return true;
  throw new Error(
    `${file} describes another chain (or its contracts are gone). Nothing was deployed. Move the record away to deploy anew.`,
  );
}

async function main(): Promise<void> {
  const url = required(process.env['CHAIN_RPC_URL'], 'The variable CHAIN_RPC_URL');
  const out = path.resolve(required(values.out, '--out'));
  const provider = new JsonRpcProvider(url, undefined, { staticNetwork: true, pollingInterval: 50, cacheTimeout: -1 });
  try {
    const chainId = Number((await provider.getNetwork()).chainId);
    const genesis = await provider.getBlock(0);
    const genesisHash = required(genesis?.hash ?? undefined, 'Block 0 of the chain');
    if (await isDeployed(provider, out, chainId, genesisHash)) {
      process.stdout.write(`Kept: ${out}\n`);
      return;
    }
    const local = chainId === LOCAL_CHAIN;
    const keys = JSON.parse(readFileSync(required(values.oracle, '--oracle'), 'utf8')) as OracleKeys;
    const deployerKey = process.env['DEPLOYER_KEY'] ?? (local ? developmentAccount(0).privateKey : undefined);
    const deployer = new Wallet(required(deployerKey, 'The variable DEPLOYER_KEY'), provider);
    const owner = values.owner ?? (local ? deployer.address : undefined);
    const options: DeployOptions = {
      url,
      deployerKey: deployer.privateKey,
      owner: required(owner, '--owner'),
      guardian: values.guardian ?? required(owner, '--guardian'),
      treasury: values.treasury ?? required(owner, '--treasury'),
      feeBps: Number(values['fee-bps']),
      logKey: values['log-key'] ?? (local ? deployer.address : required(undefined, '--log-key')),
      chainSelector: values.selector ?? (local ? LOCAL_SELECTOR : required(undefined, '--selector')),
      keys,
      forwarder: values.forwarder,
      token: values.token ?? (local ? undefined : required(undefined, '--token')),
      journalDir: `${out}.deploying-${genesisHash.slice(2, 10)}`,
    };
    const fromBlock = await firstBlock(options.journalDir, provider);
    const contracts = await deployContracts(options);
    const tokenAddress = options.token ?? required(contracts['TestToken'], 'The test token');
    const record = {
      chainId,
      network: local ? 'local' : String(chainId),
      genesisHash,
      fromBlock,
      contracts: Object.fromEntries(Object.entries(contracts).filter(([name]) => name !== 'TestToken')),
      token: await describeToken(provider, tokenAddress),
      oracle: {
        label: values.forwarder !== undefined ? 'chainlink' : local ? 'local' : 'self-operated',
        donId: keys.donId,
        configVersion: keys.configVersion,
        f: Math.floor((keys.signers.length - 1) / 3),
        signers: keys.signers,
        chainSelector: options.chainSelector,
        workflowId: keys.workflowId,
        workflowOwner: keys.workflowOwner,
        workflowName: keys.workflowName,
      },
    };
    if (local) await fundLocalAccounts(deployer, tokenAddress, keys);
    mkdirSync(path.dirname(out), { recursive: true });
    writeFileSync(`${out}.part`, `${JSON.stringify(record, null, 2)}\n`);
    renameSync(`${out}.part`, out);
    rmSync(options.journalDir, { recursive: true });
    process.stdout.write(`Deployed to chain ${chainId}: ${out}\n`);
  } finally {
    provider.destroy();
  }
}

/** Block before which nothing of this deployment happened; remembered if the deployment breaks off. */
async function firstBlock(journalDir: string, provider: JsonRpcProvider): Promise<number> {
  const file = path.join(journalDir, 'from-block');
  if (existsSync(file)) return Number(readFileSync(file, 'utf8'));
  const block = (await provider.getBlockNumber()) + 1;
  mkdirSync(journalDir, { recursive: true });
  writeFileSync(file, String(block));
  return block;
}

async function describeToken(provider: JsonRpcProvider, address: string): Promise<object> {
  const abi = ['symbol() view returns (string)', 'name() view returns (string)', 'decimals() view returns (uint8)'];
  const token = new Contract(
    address,
    [...abi, 'eip712Domain() view returns (bytes1, string, string version, uint256, address, bytes32, uint256[])'].map(
      (line) => `function ${line}`,
    ),
    provider,
  );
  const [symbol, name, decimals, domain] = (await Promise.all([
    token.getFunction('symbol')(),
    token.getFunction('name')(),
    token.getFunction('decimals')(),
    token.getFunction('eip712Domain')(),
  ])) as [string, string, bigint, { version: string }];
  return { address, symbol, decimals: Number(decimals), name, version: domain.version };
}

/** Gas for the workers' keys, money for the client; all of it play money. */
async function fundLocalAccounts(deployer: Wallet, tokenAddress: string, keys: OracleKeys): Promise<void> {
  const sender = new NonceManager(deployer);
  const token = new Contract(tokenAddress, readArtifact('TestToken').abi as never, sender);
  const relayer = values['relayer-key'];
  const accounts = [
    keys.transmitter,
    ...(relayer === undefined ? [] : [computeAddress(readFileSync(relayer, 'utf8').trim())]),
  ];
  const client = developmentAccount(CLIENT_INDEX).address;
  const sent = [];
  for (const to of accounts) sent.push(await sender.sendTransaction({ to, value: GAS_MONEY }));
  sent.push((await token.getFunction('mint')(client, CLIENT_MONEY)) as (typeof sent)[number]);
  for (const transaction of sent) await transaction.wait();
  process.stdout.write(
    `Gas for ${accounts.length} worker keys; ${formatUnits(CLIENT_MONEY, 6)} test dollars for ${client}\n`,
  );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
