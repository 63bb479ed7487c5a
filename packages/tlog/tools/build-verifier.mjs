// Makes the verifier one file that needs nothing but Node: the same sources give the same bytes on every machine.
// Usage: build-verifier.mjs [OUT]   (default: dist/milepost-verify.mjs)
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = path.resolve(process.argv[2] ?? path.join(root, 'dist', 'milepost-verify.mjs'));

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['bin/single-file.js'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  charset: 'utf8',
  legalComments: 'inline',
  // Paths in comments would be those of the machine that built it.
  banner: {
    js: `#!/usr/bin/env node
// Milepost's verifier for proofs of the audit log: one file, no dependencies, no network. Node 20.12 or newer.
// node milepost-verify.mjs --help`,
  },
  logLevel: 'warning',
});
const [file] = outputFiles;
// esbuild names the sources by their place; packages of npm lie elsewhere on other machines.
const text = file.text.replace(/^\/\/ (?:\.\.\/)*(?:[^\n]*\/)?node_modules\//gm, '// npm: ');
writeFileSync(out, text, { mode: 0o755 });
process.stdout.write(`${createHash('sha256').update(text).digest('hex')}  ${path.basename(out)}\n`);
