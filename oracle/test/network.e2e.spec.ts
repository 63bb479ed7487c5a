import { Harness, until } from './harness.js';

describe('oracle network', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start();
  }, 60_000);
  afterAll(async () => {
    await harness.stop();
  });

  it('green: four nodes pass the work and the gate is told', async () => {
    const runner = await harness.startRunner();
    const network = await harness.openNetwork(runner.url);
    await network.start();
    const started = Date.now();
    const { requestId } = await harness.submit({ milestone: 0 });
    try {
      await until('a verdict', async () => (await harness.told(0)).times === 1, 15);
    } finally {
      console.log(
        Date.now() - started,
        JSON.stringify(network.status(), null, 1),
        JSON.stringify(runner.runner.status()),
      );
    }
    expect(await harness.told(0)).toMatchObject({ verdict: 1, payBps: 10_000 });
    await network.stop();
    await runner.stop();
  }, 60_000);
});
