import { readFileSync } from 'node:fs';
import { getAddress } from 'ethers';
import { z } from 'zod';
import { ConfigError, type Config } from './config.js';

/** Injection token of the deployment record; null when the file does not exist (e.g. when OpenAPI is written). */
export const DEPLOYMENT = Symbol('DEPLOYMENT');

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be a 20-byte address')
  .transform((value) => getAddress(value.toLowerCase()));
const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, 'must be a 32-byte value');

/** Which contracts this installation works with. Written by the deployment, read at start. */
export const deploymentSchema = z.object({
  chainId: z.number().int().positive(),
  network: z.string().min(1),
  genesisHash: hash,
  fromBlock: z.number().int().min(0),
  contracts: z
    .object({
      EscrowFactory: address,
      MilestoneEscrow: address,
      PolicyBook: address,
      MilestoneGate: address,
      CreOracle: address,
      Arbitration: address,
      KeystoneForwarder: address,
      FeeInbox: address,
      AuditAnchor: address,
    })
    .catchall(address),
  token: z.object({
    address,
    symbol: z.string().min(1),
    decimals: z.number().int().min(0).max(36),
    name: z.string().min(1),
    version: z.string().min(1),
  }),
  oracle: z.looseObject({
    label: z.string().min(1),
    donId: z.number().int().min(0),
    configVersion: z.number().int().min(0),
    f: z.number().int().min(0),
    signers: z.array(address),
    chainSelector: z.string().min(1),
  }),
});

export type Deployment = z.infer<typeof deploymentSchema>;

/**
 * Reads and checks the deployment record.
 * @returns null when the file does not exist
 * @throws {ConfigError} when it exists and is not a valid record
 */
export function loadDeployment(config: Config): Deployment | null {
  let text: string;
  try {
    text = readFileSync(config.chain.deploymentFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError(
      `The deployment record ${config.chain.deploymentFile} is not JSON. Deploy again or restore the file.`,
    );
  }
  const parsed = deploymentSchema.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The deployment record ${config.chain.deploymentFile} is not valid:\n${lines.join('\n')}`);
  }
  return parsed.data;
}
