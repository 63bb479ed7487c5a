import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './exec.mjs';

/**
 * Installs the locked dependencies when they are missing or the lock file changed since. Install scripts run only for
 * the packages that the root package.json lists under `allowScripts`.
 */
export async function install(root) {
  const stampFile = path.join(root, 'node_modules', '.milepost', 'installed');
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const stamp = createHash('sha256').update(lock).update(process.platform).update(process.arch).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const started = Date.now();
  console.error('Installing dependencies (npm ci) …');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    label: 'npm ci',
  });
  const { allowScripts = {} } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const rebuild = Object.keys(allowScripts).filter(
    (name) => allowScripts[name] && existsSync(path.join(root, 'node_modules', name)),
  );
  if (rebuild.length > 0) {
    await run('npm', ['rebuild', '--loglevel=error', ...rebuild], { cwd: root, label: 'npm rebuild' });
  }
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  console.error(`Dependencies installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}
