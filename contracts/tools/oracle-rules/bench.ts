/** Runs the rules' tests on code with a removal in it, without touching the code. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { artifactsDir } from '../lib/artifacts.ts';
import { removed, type Removal } from './removals.ts';

const root = path.resolve(import.meta.dirname, '../../..');
export const ORACLE_FILE = path.join(root, 'contracts/src/approval/CreOracle.sol');
export const TRANSMITTER_FILE = path.join(root, 'oracle/network/transmitter.ts');
const SOURCE = 'src/approval/CreOracle.sol';

/** Solidity test files that hold the rules. */
export const RULE_TESTS = [
  'test/concrete/approval/Oracle.t.sol',
  'test/concrete/approval/OracleForwarder.t.sol',
  'test/concrete/approval/OracleRules.t.sol',
  'test/fuzz/approval/CreOracle.t.sol',
];

/** Where a removal is planted and tests are run. */
export interface Bench {
  /** Names of the tests that fail with this removal; without one, those that fail on the code as it is. */
  failing(removal: Removal | null): Promise<string[]>;
}

interface Solc {
  compile(input: string): string;
}
interface SolcInput {
  readonly sources: Record<string, { content: string }>;
  readonly settings: Record<string, unknown>;
}
interface SolcCode {
  readonly object: string;
  readonly immutableReferences?: object;
}
interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Record<string, Record<string, { evm: { bytecode: SolcCode; deployedBytecode: SolcCode } }>>;
}

/**
 * The contract with a removal is compiled by itself, with the settings of the build, and takes the artifact's place in a copy of
 * the build. The tests deploy from artifacts, so everything else stays as built.
 */
export class ContractBench implements Bench {
  private readonly out: string;
  private readonly artifactFile: string;
  private readonly artifact: Record<string, unknown>;
  private readonly input: SolcInput;
  private readonly name: string;
  private readonly source = readFileSync(ORACLE_FILE, 'utf8');
  private readonly solc = createRequire(import.meta.url)('solc') as Solc;

  /** @throws when the contracts are not built, or built from another source */
  constructor(folder: string) {
    this.out = path.join(folder, 'contracts');
    const built = path.dirname(artifactsDir());
    for (const part of ['artifacts', 'cache']) {
      cpSync(path.join(built, part), path.join(this.out, part), { recursive: true });
    }
    this.artifactFile = path.join(this.out, 'artifacts', SOURCE, 'CreOracle.json');
    this.artifact = JSON.parse(readFileSync(this.artifactFile, 'utf8')) as Record<string, unknown>;
    const info = path.join(this.out, 'artifacts/build-info', `${String(this.artifact['buildInfoId'])}.json`);
    this.input = (JSON.parse(readFileSync(info, 'utf8')) as { input: SolcInput }).input;
    this.name = `project/${SOURCE}`;
    if (this.input.sources[this.name]?.content !== this.source) {
      throw new Error('CreOracle.sol has changed since the contracts were built. Run `npm run build` first.');
    }
  }

  async failing(removal: Removal | null): Promise<string[]> {
    if (removal === null) writeFileSync(this.artifactFile, JSON.stringify(this.artifact));
    else this.plant(removed(this.source, removal));
    const { code, output } = await run(
      ['node_modules/hardhat/dist/src/cli.js', 'test', 'solidity', '--no-compile', ...RULE_TESTS],
      { cwd: path.join(root, 'contracts'), env: { CONTRACTS_OUT: this.out } },
    );
    const names = [...output.matchAll(/^\s*\d+\) \w+#(\w+)\(/gm)].map(([, name]) => String(name));
    if (names.length === 0 && code !== 0) throw new Error(`The Solidity tests did not run:\n${output.slice(-2_000)}`);
    return [...new Set(names)].sort();
  }

  private plant(source: string): void {
    const wanted = ['evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences'];
    const output = JSON.parse(
      this.solc.compile(
        JSON.stringify({
          language: 'Solidity',
          sources: { ...this.input.sources, [this.name]: { content: source } },
          settings: { ...this.input.settings, outputSelection: { [this.name]: { CreOracle: wanted } } },
        }),
      ),
    ) as SolcOutput;
    const problem = output.errors?.find(({ severity }) => severity === 'error');
    const code = output.contracts?.[this.name]?.['CreOracle'];
    if (problem !== undefined || code === undefined) {
      throw new Error(`The source without the rule does not compile:\n${problem?.formattedMessage ?? 'no code'}`);
    }
    const { bytecode, deployedBytecode } = code.evm;
    writeFileSync(
      this.artifactFile,
      JSON.stringify({
        ...this.artifact,
        bytecode: `0x${bytecode.object}`,
        deployedBytecode: `0x${deployedBytecode.object}`,
        immutableReferences: deployedBytecode.immutableReferences ?? {},
      }),
    );
  }
}

/** The transmitter with a removal, in a copy of the oracle's sources under the repository's Jest configuration. */
export class TransmitterBench implements Bench {
  private readonly copy: string;
  private readonly source = readFileSync(TRANSMITTER_FILE, 'utf8');

  constructor(folder: string) {
    this.copy = path.join(folder, 'repository');
    mkdirSync(path.join(this.copy, 'oracle'), { recursive: true });
    for (const part of ['network', 'shared', 'quotas.ts', 'package.json']) {
      cpSync(path.join(root, 'oracle', part), path.join(this.copy, 'oracle', part), { recursive: true });
    }
    for (const part of ['packages', 'contracts', 'backend', 'client-portal', 'test', 'scripts', 'node_modules']) {
      symlinkSync(path.join(root, part), path.join(this.copy, part), 'junction');
    }
    for (const part of ['jest.config.mjs', 'package.json']) cpSync(path.join(root, part), path.join(this.copy, part));
  }

  async failing(removal: Removal | null): Promise<string[]> {
    const source = removal === null ? this.source : removed(this.source, removal);
    writeFileSync(path.join(this.copy, 'oracle/network/transmitter.ts'), source);
    const { code, output } = await run(
      [
        '--experimental-vm-modules',
        'node_modules/jest/bin/jest.js',
        '--selectProjects',
        'oracle',
        '--testPathPatterns',
        'transmitter.spec',
        '--json',
      ],
      { cwd: this.copy, env: {} },
    );
    const report = JSON.parse(output.slice(output.indexOf('{"num'), output.lastIndexOf('}') + 1)) as {
      testResults: { assertionResults: { status: string; title: string }[] }[];
    };
    const names = report.testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'failed')
      .map(({ title }) => `“${title}”`);
    if (names.length === 0 && code !== 0)
      throw new Error(`The transmitter's tests did not run:\n${output.slice(-2_000)}`);
    return names;
  }
}

/** Runs Node in `cwd`; standard output and its exit code. The repository's programs are found from there. */
function run(
  args: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const found = args.map((arg) => (arg.startsWith('node_modules/') ? path.join(root, arg) : arg));
    const child = spawn(process.execPath, found, { cwd, env: { ...process.env, ...env, NO_COLOR: '1', TZ: 'UTC' } });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stderr.resume();
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
