import { existsSync } from 'node:fs';
import path from 'node:path';

/** Path of the anvil binary that npm installed for this platform. */
export function anvilPath(root) {
  const platform = process.platform === 'win32' ? 'win32' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const file = path.join(
    root,
    'node_modules',
    '@foundry-rs',
    `anvil-${platform}-${arch}`,
    'bin',
    platform === 'win32' ? 'anvil.exe' : 'anvil',
  );
  if (!existsSync(file)) {
    throw new Error(
      `No local chain for ${platform}-${arch}: ${file} is missing. Set CHAIN_RPC_URL and DEPLOYMENT_FILE to use a chain of your own.`,
    );
  }
  return file;
}
