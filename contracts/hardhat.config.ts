// One compiler setting for everything, so that gas and bytecode are exact (docs/architecture.md, "Versions").
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import hardhatEthers from '@nomicfoundation/hardhat-ethers';
import hardhatIgnition from '@nomicfoundation/hardhat-ignition';
import hardhatIgnitionEthers from '@nomicfoundation/hardhat-ignition-ethers';
import hardhatNetworkHelpers from '@nomicfoundation/hardhat-network-helpers';
import { defineConfig } from 'hardhat/config';

const require = createRequire(import.meta.url);

/** Folder for artifacts and cache; CONTRACTS_OUT lets two builds run beside each other. */
const out = process.env['CONTRACTS_OUT'];

/** Tests deploy the contracts as built; they themselves need no optimizer, and compile in a tenth of the time. */
const overrides = Object.fromEntries(
  globSync('test/{concrete,fuzz,invariant,regression,support}/**/*.sol', { cwd: import.meta.dirname }).map((file) => [
    file.split(path.sep).join('/'),
    {
      version: '0.8.37',
      path: require.resolve('solc/soljson.js'),
      settings: { optimizer: { enabled: false }, viaIR: false, evmVersion: 'cancun' },
    },
  ]),
);

export default defineConfig({
  plugins: [hardhatEthers, hardhatIgnition, hardhatIgnitionEthers, hardhatNetworkHelpers],
  solidity: {
    compilers: [
      {
        version: '0.8.37',
        path: require.resolve('solc/soljson.js'),
        settings: { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: 'cancun' },
      },
    ],
    overrides,
    npmFilesToBuild: [
      '@chainlink/contracts/src/v0.8/keystone/KeystoneForwarder.sol',
      '@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol',
    ],
    // Tests live in their own pass: a change in a test does not rebuild the contracts.
    splitTestsCompilation: true,
  },
  paths: {
    sources: './src',
    ignition: './deploy',
    tests: { solidity: './test' },
    ...(out === undefined ? {} : { artifacts: path.join(out, 'artifacts'), cache: path.join(out, 'cache') }),
  },
  networks: {
    default: { type: 'edr-simulated', chainType: 'l1', hardfork: 'cancun', chainId: 31337 },
  },
  test: {
    solidity: {
      fuzz: { runs: 256, seed: '0x4d696c65706f7374' },
      invariant: { runs: 10, depth: 64, failOnRevert: true },
    },
  },
});
