import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playScenario } from './check.js';
import { readScenario } from './format.js';
import { ModelPlayer } from './model-player.js';

const files = fileURLToPath(new URL('./files/', import.meta.url));

describe.each(readdirSync(files).filter((name) => name.endsWith('.json')))('the reference model plays %s', (name) => {
  const scenario = readScenario(files + name);

  it('to the last unit, reverts and branches included', async () => {
    const lines = await playScenario(scenario, new ModelPlayer(scenario));
    expect(lines.filter((line) => line.differences.length > 0)).toEqual([]);
    const branches = (scenario.branches ?? []).flatMap((branch) => branch.steps);
    expect(lines).toHaveLength(scenario.steps.length + branches.length + (scenario.indicators?.length ?? 0));
  });
});
