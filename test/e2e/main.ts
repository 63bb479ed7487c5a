// The browser journeys on the real product: start it, walk through it, stop it, start it again, look whether all is there.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProduct, type Product } from './product.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

async function main(): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'milepost-journeys-'));
  const totals = { passed: 0, failed: 0 };
  let product: Product | undefined;
  process.on('SIGTERM', () => void product?.stop().then(() => process.exit(1)));
  try {
    for (const project of ['first', 'again']) {
      product = await startProduct(root, path.join(folder, 'data'));
      console.log(`${project} start: usable after ${product.seconds.toFixed(1)} s at ${product.url}`);
      const counts = await journeys(project, product.url, folder);
      totals.passed += counts.passed;
      totals.failed += counts.failed;
      await product.stop();
      product = undefined;
    }
  } catch (error) {
    totals.failed += 1;
    console.error(error instanceof Error ? error.message : String(error));
  } finally {
    await product?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

async function journeys(project: string, url: string, folder: string): Promise<{ passed: number; failed: number }> {
  const report = path.join(folder, `journeys-${project}.json`);
  await new Promise<void>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        path.join(root, 'node_modules/@playwright/test/cli.js'),
        'test',
        '--config',
        path.join(root, 'test/e2e/playwright.config.ts'),
        '--project',
        project,
      ],
      {
        cwd: root,
        stdio: 'inherit',
        env: {
          ...process.env,
          BASE_URL: url,
          JOURNEY_STATE: path.join(folder, 'journey.json'),
          PLAYWRIGHT_JSON_OUTPUT_NAME: report,
        },
      },
    );
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  const { stats } = JSON.parse(readFileSync(report, 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  };
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped };
}

process.exitCode = await main();
