import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineFailure, NodeEngine, type EngineHost } from './node-engine.js';
import { loadProgram } from './program.js';

const folder = mkdtempSync(path.join(tmpdir(), 'milepost-engine-'));
const task = { request: new Uint8Array([1, 2, 3]), now: 1_790_000_000_123, seed: 'seed' };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Answers every call with the request it got, upside down. */
class EchoHost implements EngineHost {
  readonly logs: string[] = [];
  private last = new Uint8Array(0);
  call(request: Uint8Array): void {
    this.last = Uint8Array.from(request);
  }
  await(): Promise<Uint8Array> {
    return Promise.resolve(this.last.reverse());
  }
  log(line: string): void {
    this.logs.push(line);
  }
}

describe('node engine', () => {
  const engines: NodeEngine[] = [];
  const load = async (
    source: string,
    limits = { milliseconds: 20_000, memoryBytes: 100_000_000 },
  ): Promise<NodeEngine> => {
    const file = path.join(folder, `${String(engines.length)}.js`);
    writeFileSync(file, source);
    const engine = new NodeEngine(await loadProgram(file), limits);
    engines.push(engine);
    return engine;
  };
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    rmSync(folder, { recursive: true, force: true });
  });
  const send = (expression: string): string => `sendResponse(new TextEncoder().encode(String(${expression})));`;

  it('gives the request as base64 and takes the answer', async () => {
    const engine = await load(send('JSON.parse(getWasiArgs())[1]'));
    expect(text((await engine.run(task, new EchoHost())).result)).toBe(Buffer.from(task.request).toString('base64'));
  });

  it('blocks while the host works, as often as the workflow asks', async () => {
    const engine = await load(`
      const ask = (...bytes) => { callCapability(new Uint8Array(bytes)); return awaitCapabilities(new Uint8Array([]), 1000); };
      ${send('[ask(1, 2, 3), ask(4, 5)].map((bytes) => [...bytes].join("")).join(" ")')}`);
    expect(text((await engine.run(task, new EchoHost())).result)).toBe('321 54');
  });

  it('sees the time and the randomness it is given: the same on every node and every run', async () => {
    const source = send('[Date.now(), new Date().toISOString(), now(), Math.random(), Math.random()].join()');
    const run = async (seed: string): Promise<string> =>
      text((await (await load(source)).run({ ...task, seed }, new EchoHost())).result);
    const [first, second, other] = [await run('a'), await run('a'), await run('b')];
    expect(first).toMatch(/^1790000000123,2026-09-21T/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('passes on log lines, and console output', async () => {
    const engine = await load(`log('from the workflow'); console.log('from the console'); ${send('1')}`);
    const host = new EchoHost();
    await engine.run(task, host);
    expect(host.logs).toEqual(['from the workflow', 'from the console']);
  });

  it('starts each run with an empty memory', async () => {
    const engine = await load(`globalThis.count = (globalThis.count ?? 0) + 1; ${send('globalThis.count')}`);
    await engine.run(task, new EchoHost());
    expect(text((await engine.run(task, new EchoHost())).result)).toBe('1');
  });

  it('ends a run that does not come back, and serves the next one', async () => {
    const engine = await load(`if (JSON.parse(getWasiArgs())[1] === 'AA==') for (;;); ${send('"alive"')}`, {
      milliseconds: 1_500,
      memoryBytes: 100_000_000,
    });
    const stuck = engine.run({ ...task, request: new Uint8Array([0]) }, new EchoHost());
    const next = engine.run(task, new EchoHost());
    await expect(stuck).rejects.toThrow(new EngineFailure('no answer within 1500 ms'));
    expect(text((await next).result)).toBe('alive');
  });

  it.each([
    ['throws', `throw new Error('boom')`, /./],
    ['answers nothing', `const nothing = 1;`, 'the workflow ended without an answer'],
    [
      'eats its memory',
      `const all = []; for (let i = 0; i < 40; i++) { all.push(new Uint8Array(1_000_000).fill(1)); callCapability(new Uint8Array([1])); } ${send('all.length')}`,
      'bytes of memory, 20000000 allowed',
    ],
    ['asks for a secret', `getSecrets(new Uint8Array([1]), 100); ${send('1')}`, /./],
  ])('a workflow that %s has failed', async (_what, source, message) => {
    const engine = await load(source, { milliseconds: 20_000, memoryBytes: 20_000_000 });
    await expect(engine.run(task, new EchoHost())).rejects.toThrow(message);
  });

  it('refuses an answer that is longer than the workflow takes', async () => {
    const engine = await load(`
      callCapability(new Uint8Array(50));
      let said; try { awaitCapabilities(new Uint8Array([]), 40); said = 'taken'; } catch (error) { said = error.message; }
      ${send('said')}`);
    expect(text((await engine.run(task, new EchoHost())).result)).toContain('an answer of 50 bytes is longer than 40');
  });

  it('names a syntax error, and takes no run once closed', async () => {
    await expect(load('this is no program')).rejects.toThrow(/does not compile|unexpected|expecting/i);
    const engine = await load(send('1'));
    await engine.close();
    await expect(engine.run(task, new EchoHost())).rejects.toThrow('the node is closed');
  });
});
