/**
 * The invariants must find bugs: each of these, planted in a copy of the contracts, has to make one fail.
 * `node contracts/tools/planted.ts` (part of `npm run test:deep`).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { compile } from './lib/compile.ts';
import { forge } from './lib/forge.ts';

interface Bug {
  name: string;
  edits: { file: string; find: string; replace: string }[];
  /** What is deployed from the changed files. */
  contracts: { file: string; name: string }[];
  suite: string;
}

const ESCROW = [
  { file: 'src/escrow/EscrowFactory.sol', name: 'EscrowFactory' },
  { file: 'src/escrow/EscrowAgreements.sol', name: 'EscrowAgreements' },
];
const LAPSE = 'function lapse(uint8 m) external nonReentrant {';

const bugs: Bug[] = [
  {
    name: 'the zeroing of a credit is deleted',
    edits: [{ file: 'src/escrow/MilestoneEscrow.sol', find: 'delete _credits[account];', replace: '' }],
    contracts: ESCROW,
    suite: 'EscrowInvariants',
  },
  {
    name: 'refunds leave the books as they are',
    edits: [
      {
        file: 'src/escrow/Payments.sol',
        find: 'c.r = c.r.withRefundable(0);\n        _saveRare(c);\n        c.b = c.b.minusBooked(amount);',
        replace: 'c.r = c.r.withRefundable(0);\n        _saveRare(c);',
      },
    ],
    contracts: ESCROW,
    suite: 'EscrowInvariants',
  },
  {
    name: 'lapse reserves the next milestone',
    edits: [
      { file: 'src/escrow/Decisions.sol', find: LAPSE, replace: 'function _lapse(uint8 m) internal {' },
      {
        file: 'src/escrow/Funding.sol',
        find: 'function sync() external nonReentrant {',
        replace: `${LAPSE} _lapse(m); Context memory c; _open(c); _loadPots(c); _allocate(c, c.p); }
    function sync() external nonReentrant {`,
      },
    ],
    contracts: ESCROW,
    suite: 'EscrowInvariants',
  },
  {
    name: 'a state without exit',
    edits: [
      {
        file: 'src/escrow/Decisions.sol',
        find: 'if (_isFinal(state)) _wrongState(m, state);',
        replace: 'if (_isFinal(state) || state == REJECTED) _wrongState(m, state);',
      },
    ],
    contracts: ESCROW,
    suite: 'EscrowInvariants',
  },
];

const { program, root, env } = forge();
const out = 'cache/forge-planted';
let missed = 0;
for (const bug of bugs.filter(({ name }) => name.includes(process.argv[2] ?? ''))) {
  const changed = new Map<string, string>();
  for (const { file, find, replace } of bug.edits) {
    const text = changed.get(file) ?? readFileSync(path.join(root, file), 'utf8');
    if (text.split(find).length !== 2) throw new Error(`${bug.name}: ${file} does not hold its text once`);
    changed.set(
      file,
      text.replace(find, () => replace),
    );
  }
  rmSync(path.join(root, out), { recursive: true, force: true });
  cpSync(path.join(root, 'cache/forge'), path.join(root, out), { recursive: true });
  for (const { name, artifact } of compile(bug.contracts, changed)) {
    writeFileSync(path.join(root, out, 'out', `${name}.sol`, `${name}.json`), JSON.stringify(artifact));
  }
  const { stdout } = spawnSync(
    program,
    ['test', '--match-contract', bug.suite, '--match-test', 'invariant_All', '--json'],
    {
      cwd: root,
      env: {
        ...env,
        FOUNDRY_OUT: `${out}/out`,
        FOUNDRY_CACHE_PATH: out,
        FOUNDRY_INVARIANT_RUNS: '100',
        FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT: '0',
      },
      encoding: 'utf8',
      maxBuffer: 1e9,
    },
  );
  const suites = Object.values(JSON.parse(stdout) as Record<string, { test_results: Record<string, Result> }>);
  const results = suites.flatMap(({ test_results: tests }) => Object.values(tests));
  const found = results.find(({ status }) => status === 'Failure');
  if (!found) missed += 1;
  console.log(`${found ? 'found ' : 'MISSED'} ${bug.name}${found ? `: ${found.reason ?? ''}` : ''}`);
}
rmSync(path.join(root, out), { recursive: true, force: true });
process.exitCode = missed === 0 ? 0 : 1;

interface Result {
  status: string;
  reason: string | null;
}
