import { fileURLToPath } from 'node:url';
import { playScenario } from './check.js';
import { ScenarioError, readScenario, secondOf, type Scenario } from './format.js';
import { ModelPlayer } from './model-player.js';

const file = (name: string): string => fileURLToPath(new URL(`./files/${name}.json`, import.meta.url));

/** Changes one value of a file, by its path. */
function altered(name: string, path: readonly (string | number)[], value: unknown): Scenario {
  const scenario = JSON.parse(JSON.stringify(readScenario(file(name)))) as Scenario;
  let at = scenario as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1) as string | number] = value;
  return scenario;
}

async function failures(scenario: Scenario): Promise<string[]> {
  const lines = await playScenario(scenario, new ModelPlayer(scenario));
  return lines.filter((line) => line.differences.length > 0).map((line) => line.id);
}

describe('the runner finds', () => {
  it.each<[string, (string | number)[], unknown, string]>([
    ['one unit in a wallet', ['steps', 13, 'state', 'wallet', 'maker'], '366629998', 'J14'],
    ['one unit in a bucket', ['steps', 13, 'state', 'escrow', 'J', 'holdback'], '123456788', 'J14'],
    ['another state', ['steps', 13, 'state', 'milestone', 'J', 'M1'], 'Refunded', 'J14'],
    ['another letter', ['steps', 13, 'expect', 'parts', 'M1', 'F'], '11111112', 'J14'],
    ['another part', ['steps', 13, 'expect', 'parts', 'M1', 'split', 'lead'], '549999995', 'J14'],
    ['another gate status', ['steps', 9, 'expect', 'gate'], 'Held', 'J10'],
    ['another tally', ['steps', 9, 'expect', 'ballot', 'yes'], 2, 'J10'],
    ['another result', ['steps', 9, 'expect', 'ballot', 'result'], 'approved', 'J10'],
    ['another reason', ['steps', 6, 'expect', 'revert'], 'NotOpen', 'J07'],
    ['a revert that does not come', ['steps', 9, 'expect'], { revert: 'NotSeat' }, 'J10'],
    ['a success that does not come', ['steps', 6, 'expect'], {}, 'J07'],
    ['an unknown action', ['steps', 6, 'action'], 'levitate', 'J07'],
    ['a fact that nobody can show', ['steps', 9, 'expect', 'http'], 200, 'J10'],
  ])('%s', async (_name, path, value, step) => {
    expect(await failures(altered('main-job', path, value))).toContain(step);
  });

  it('another indicator', async () => {
    const scenario = altered('a-research-package', ['indicators', 1, 'spiBps'], 7829);
    expect(await failures(scenario)).toEqual(['indicators@2027-01-05T00:00:00Z']);
  });
});

describe('a file is refused', () => {
  it.each([['not-there', /Cannot read/]])('%s', (name, message) => {
    expect(() => readScenario(file(name))).toThrow(message);
  });

  it.each(['2026-11-02', '2026-11-02T09:00:00', '2026-13-02T09:00:00Z', '2026-11-02T09:00:00.5Z'])('time %s', (at) => {
    expect(() => secondOf(at)).toThrow(ScenarioError);
  });
});
