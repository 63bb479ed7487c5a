/** `npm run scenario -- FILE`: plays a scenario against the real contracts, or with `--model` on the reference model. */
import { ChainPlayer } from './chain/chain-player.js';
import { playScenario, type Line } from './check.js';
import { ScenarioError, readScenario, type Scenario } from './format.js';
import { ModelPlayer } from './model-player.js';

const USAGE = 'Usage: npm run scenario -- FILE [FILE …] [--model]';

function print(line: Line): void {
  process.stdout.write(`${line.differences.length === 0 ? 'ok  ' : 'FAIL'} ${line.id}  ${line.text}\n`);
  for (const difference of line.differences) process.stdout.write(`       ${difference}\n`);
}

async function play(scenario: Scenario, onModel: boolean): Promise<Line[]> {
  if (onModel) return playScenario(scenario, new ModelPlayer(scenario), print);
  const player = await ChainPlayer.start(scenario);
  try {
    return await playScenario(scenario, player, print);
  } finally {
    await player.stop();
  }
}

async function main(args: readonly string[]): Promise<number> {
  const files = args.filter((arg) => !arg.startsWith('--'));
  const unknown = args.find((arg) => arg.startsWith('--') && arg !== '--model');
  if (files.length === 0 || unknown !== undefined) {
    process.stderr.write(
      `${unknown === undefined ? 'No scenario file was named.' : `Unknown option ${unknown}.`}\n${USAGE}\n`,
    );
    return 2;
  }
  let [passed, failed] = [0, 0];
  for (const file of files) {
    const scenario = readScenario(file);
    process.stdout.write(`# ${scenario.id}: ${scenario.title}\n`);
    const lines = await play(scenario, args.includes('--model'));
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
