// Runs the SDK's own static checks over a workflow: types, what the engine has, what may differ between nodes. The SDK ships
// them for bun; bundled, they run on Node. Usage: static-checks.mjs [WORKFLOW.ts …]; exit code 1 and
// the findings if there are any.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = import.meta.dirname;
const named = process.argv.slice(2);
const entries = (named.length === 0 ? [path.join(here, 'main.ts')] : named).map((file) => path.resolve(file));
const sdk = path.dirname(fileURLToPath(import.meta.resolve('@chainlink/cre-sdk')));
const scripts = path.join(sdk, '..', 'scripts', 'src');
const folder = mkdtempSync(path.join(tmpdir(), 'milepost-checks-'));
try {
  const file = path.join(folder, 'checks.mjs');
  const { outputFiles } = await build({
    stdin: {
      contents: `
        export { assertWorkflowTypecheck } from './typecheck-workflow';
        export { assertWorkflowRuntimeCompatibility } from './validate-workflow-runtime-compat';
        export { checkWorkflowDeterminism } from './validate-workflow-determinism';`,
      resolveDir: scripts,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['typescript'],
    logLevel: 'error',
  });
  // The checks take TypeScript's names from a namespace, which Node gives of CommonJS only under `default`.
  const typescript = JSON.stringify(import.meta.resolve('typescript'));
  const [{ text }] = outputFiles;
  writeFileSync(file, text.replace(/import \* as (\w+) from "typescript";/g, `import $1 from ${typescript};`));
  const checks = await import(pathToFileURL(file).href);
  for (const entry of entries) {
    const name = path.relative(process.cwd(), entry);
    try {
      checks.assertWorkflowTypecheck(entry);
      checks.assertWorkflowRuntimeCompatibility(entry);
      const warnings = checks.checkWorkflowDeterminism(entry);
      if (warnings.length > 0) throw new Error(warnings.map((one) => JSON.stringify(one)).join('\n'));
      console.log(`static checks of ${name}: types, engine, determinism: nothing found`);
    } catch (error) {
      console.error(`static checks of ${name}: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
