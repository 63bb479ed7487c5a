/** `npm run scenario -- FILE`: plays a scenario against the real contracts, then compares the
 * real backend's projection with the chain. `--model` plays the reference model instead. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Backend, isBuilt } from './backend/backend.js';
import { projectionDifferences } from './backend/projection.js';
import { ChainPlayer } from './chain/chain-player.js';
import { playScenario, type Line } from './check.js';
import { ScenarioError, readScenario, type Scenario } from './format.js';
import { ModelPlayer } from './model-player.js';

const USAGE = 'Usage: npm run scenario -- FILE [FILE …] [--model | --no-backend]';
const OPTIONS = ['--model', '--no-backend'];

function print(line: Line): void {
  process.stdout.write(`${line.differences.length === 0 ? 'ok  ' : 'FAIL'} ${line.id}  ${line.text}\n`);
  for (const difference of line.differences) process.stdout.write(`       ${difference}\n`);
}

/** What `--model` and `--no-backend` choose. */
interface Choice {
  readonly model: boolean;
  readonly backend: boolean;
}

/** Indexes the played chain with the real backend and compares its projection. */
async function checkBackend(player: ChainPlayer): Promise<Line> {
  const line = { id: 'backend', text: 'projection of the real backend equals the chain' };
  if (!isBuilt())
    return { ...line, differences: ['the backend is not built; run "npm run build", or leave it out by --no-backend'] };
  try {
    const backend = await Backend.start(player.world);
    try {
      return { ...line, differences: await projectionDifferences(backend.sql, player.world, player.created) };
    } finally {
      await backend.stop();
    }
  } catch (error) {
    return { ...line, differences: [error instanceof Error ? error.message : String(error)] };
  }
}

async function play(scenario: Scenario, choice: Choice): Promise<Line[]> {
  if (choice.model) return playScenario(scenario, new ModelPlayer(scenario), print);
  const player = await ChainPlayer.start(scenario);
  try {
    const lines = await playScenario(scenario, player, print);
    if (choice.backend) {
      const line = await checkBackend(player);
      print(line);
      lines.push(line);
    }
    return lines;
  } finally {
    await player.stop();
  }
}

async function main(args: readonly string[]): Promise<number> {
  const files = args.filter((arg) => !arg.startsWith('--'));
  const unknown = args.find((arg) => arg.startsWith('--') && !OPTIONS.includes(arg));
  if (files.length === 0 || unknown !== undefined) {
    process.stderr.write(
      `${unknown === undefined ? 'No scenario file was named.' : `Unknown option ${unknown}.`}\n${USAGE}\n`,
    );
    return 2;
  }
  const choice = { model: args.includes('--model'), backend: !args.includes('--no-backend') };
  let [passed, failed] = [0, 0];
  for (const file of files) {
    const scenario = readScenario(existsSync(file) ? file : path.resolve(process.env['INIT_CWD'] ?? '.', file));
    process.stdout.write(`# ${scenario.id}: ${scenario.title}\n`);
    const lines = await play(scenario, choice);
    failed += lines.filter((line) => line.differences.length > 0).length;
    passed += lines.filter((line) => line.differences.length === 0).length;
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `${error instanceof ScenarioError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
}
