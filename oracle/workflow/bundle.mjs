// Bundles the workflow for the CRE engine. The result holds code under a business-source licence: it stays in dist/, which
// is neither committed nor published. The same sources give the same bytes on every machine.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;
const out = path.resolve(process.argv[2] ?? path.join(here, '..', 'dist', 'workflow', 'milepost-judge.js'));

const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  entryPoints: ['main.ts'],
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  alias: { 'node:buffer': './engine-shims/buffer.ts', 'node:url': './engine-shims/url.ts' },
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map((item) => item.path));
if (left.length > 0) throw new Error(`the bundle still imports ${left.join(', ')}: the engine has no modules`);
const [file] = outputFiles;
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(out, file.contents);
const hash = createHash('sha256').update(file.contents).digest('hex');
console.log(`workflow bundle ${path.relative(process.cwd(), out)}: ${file.contents.length} bytes, sha256 ${hash}`);
