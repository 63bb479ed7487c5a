// `npm run bench -- audit --json`: the backend's figures of the audit trail, with the gas of its anchor. The last line is one
// JSON object.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { ContractFactory, NonceManager, Wallet, hexlify, type ContractTransactionResponse } from 'ethers';
import { CHAIN_ID, Chain, ROOT } from '../scenario/chain/anvil.js';
import { artifact } from '../scenario/chain/artifacts.js';

const GENESIS = 1_900_000_000;
const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

/**
 * Gas of an anchor that follows another, with a proof of 18 hashes: what stands between two heads of some 100,000 entries. From
 * 2^16 + 1 to 2^17 the old root is node(left, last), and the new one grows `last` by 16 neighbours to its right.
 */
async function anchorGas(): Promise<number> {
  const chain = await Chain.start(GENESIS);
  try {
    const sender = new NonceManager(new Wallet(hexlify(randomBytes(32)), chain.provider));
    const address = await sender.getAddress();
    await chain.provider.send('anvil_setBalance', [address, '0xde0b6b3a7640000']);
    const logKey = new Wallet(hexlify(randomBytes(32)));
    const { bytecode, contract } = artifact('AuditAnchor');
    const none = `0x${'00'.repeat(20)}`;
    const deployed = await new ContractFactory(contract, bytecode, sender).deploy(
      logKey.address,
      address,
      none,
      0,
      `0x${'00'.repeat(32)}`,
    );
    await deployed.waitForDeployment();
    const verifyingContract = await deployed.getAddress();
    const anchor = async (size: bigint, root: Buffer, proof: readonly Buffer[]): Promise<number> => {
      const head = { size, root: hexlify(root), timestamp: GENESIS };
      const signature = await logKey.signTypedData(
        { name: 'Milepost Audit Log', version: '1', chainId: CHAIN_ID, verifyingContract },
        {
          Head: [
            { name: 'size', type: 'uint64' },
            { name: 'root', type: 'bytes32' },
            { name: 'timestamp', type: 'uint64' },
          ],
        },
        head,
      );
      const sent = (await deployed.getFunction('anchor')(
        head.size,
        head.root,
        head.timestamp,
        signature,
        proof.map(hexlify),
      )) as ContractTransactionResponse;
      const receipt = await sent.wait();
      return Number(receipt?.gasUsed);
    };
    const [left, last] = [randomBytes(32), randomBytes(32)];
    const neighbours = Array.from({ length: 16 }, () => randomBytes(32));
    await anchor(2n ** 16n + 1n, node(left, last), []);
    return await anchor(2n ** 17n, node(left, neighbours.reduce(node, last)), [last, ...neighbours, left]);
  } finally {
    await chain.stop();
  }
}

/** Runs the backend's part; what it says on the way goes to standard error. */
function backendFigures(options: readonly string[]): Promise<Record<string, unknown>> {
  const program = path.join(ROOT, 'backend', 'dist', 'modules', 'audit', 'bench', 'main.js');
  const child = spawn(process.execPath, [program, '--json', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const last = output.trim().split('\n').at(-1);
      if (code !== 0 || last === undefined) reject(new Error(`the benchmark ended with ${String(code)}`));
      else resolve(JSON.parse(last) as Record<string, unknown>);
    });
  });
}

const options = process.argv.slice(2);
const report = {
  ...(await backendFigures(options.filter((option) => option !== '--json'))),
  anchorGas: await anchorGas(),
};
process.stdout.write(`${options.includes('--json') ? JSON.stringify(report) : JSON.stringify(report, null, 2)}\n`);
