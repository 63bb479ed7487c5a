// `npm run lint`: format, code rules, arrows between folders, Solidity rules, the lock file. Each check counts as one.
import path from 'node:path';
import { run } from './lib/exec.mjs';
import { checkLock } from './lib/check-lock.mjs';

const tool = (root, file) => path.join(root, 'node_modules', file);

const solhint = (root, config, files) =>
  run(process.execPath, [tool(root, 'solhint/solhint.js'), '--config', config, '--max-warnings', '0', files], {
    cwd: path.join(root, 'contracts'),
  });

const checks = {
  format: (root) =>
    run(
      process.execPath,
      [
        tool(root, 'prettier/bin/prettier.cjs'),
        '--check',
        '--log-level=warn',
        '--cache',
        '--cache-location=node_modules/.milepost/prettier',
        '.',
      ],
      { cwd: root },
    ),
  'code rules': (root) =>
    run(process.execPath, [tool(root, 'eslint/bin/eslint.js'), '.', '--max-warnings=0'], { cwd: root }),
  arrows: (root) =>
    run(
      process.execPath,
      [
        tool(root, 'dependency-cruiser/bin/dependency-cruiser.mjs'),
        '--config',
        '.dependency-cruiser.cjs',
        'backend/src',
        'client-portal/src',
        'oracle',
        'packages',
        'test',
        'contracts/tools',
      ],
      { cwd: root },
    ),
  solidity: (root) => solhint(root, '.solhint.json', 'src/**/*.sol'),
  // Every function and event of an interface says what it does and what each parameter means.
  'NatSpec of the interfaces': (root) => solhint(root, '.solhint-interfaces.json', 'src/interfaces/*.sol'),
  lock: (root) => checkLock(root),
};

/** Runs every check, prints what failed, and returns the counts. */
export async function lintChecks(root) {
  const result = { passed: 0, failed: 0 };
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check(root);
      result.passed += 1;
      console.log(`ok    ${name}`);
    } catch (error) {
      result.failed += 1;
      console.error(`FAIL  ${name}\n${error.message}\n`);
    }
  }
  return result;
}

export async function lint(root) {
  const { passed, failed } = await lintChecks(root);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
