import { readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './exec.mjs';

/** The lock file: every foreign package by content hash, from the registry, in an exact version; the tree is whole. */
export async function checkLock(root) {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const faults = [];
  for (const [where, entry] of Object.entries(packages)) {
    const foreign = where.includes('node_modules/') && !entry.link && !where.endsWith('/vendor/empty');
    if (foreign && !entry.integrity && !entry.inBundle) faults.push(`${where}: no integrity`);
    if (/^(git|https?:)/.test(entry.resolved ?? '')) faults.push(`${where}: resolved from an address`);
    const own = !where.includes('node_modules/');
    for (const [name, range] of own ? Object.entries({ ...entry.dependencies, ...entry.devDependencies }) : []) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
        faults.push(`${where || 'root'}: ${name} is not an exact version (${range})`);
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  await run('npm', ['ls', '--all', '--loglevel=error'], { cwd: root, label: 'npm ls' });
}
