import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BAD_FILES, DIST, GOOD_FILES, suiteCriteria } from '../test/harness.js';

const folder = mkdtempSync(path.join(tmpdir(), 'milepost-check-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const check = (files: Record<string, string>, criteria: unknown, ...options: string[]) => {
  const dir = mkdtempSync(path.join(folder, 'work-'));
  mkdirSync(path.join(dir, 'a folder is no file'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
  const file = path.join(folder, 'criteria.json');
  writeFileSync(file, JSON.stringify(criteria));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(DIST, 'runner/check.js'), file, dir, ...options],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
};
const criteria = suiteCriteria([`0x${'ab'.repeat(20)}`]);

describe('check before submission', () => {
  it.each([
    [
      'passes',
      GOOD_FILES,
      0,
      'ok     rows: interviews.csv has 3 rows, at least 3 needed\nok     summary: report.md contains the text\npasses, pays 10000 of 10000\n',
    ],
    [
      'is partly there',
      { 'interviews.csv': GOOD_FILES['interviews.csv'] },
      0,
      'ok     rows: interviews.csv has 3 rows, at least 3 needed\nFAILED summary: no delivered file matches *.md\npasses, pays 7500 of 10000\n',
    ],
    [
      'fails',
      BAD_FILES,
      1,
      'FAILED rows: interviews.csv has 1 rows, at least 3 needed\nok     summary: report.md contains the text\ndoes not pass, pays nothing\n',
    ],
  ])('says what work that %s would get', (_what, files, status, stdout) => {
    expect(check(files, criteria)).toEqual({ status, stdout, stderr: '' });
  });

  it('prints one JSON object for programs', () => {
    const { stdout } = check(GOOD_FILES, criteria, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      passed: true,
      payBps: 10_000,
      results: [{ id: 'rows' }, { id: 'summary' }],
    });
  });

  it('names what is wrong with a call or a document', () => {
    expect(spawnSync(process.execPath, [path.join(DIST, 'runner/check.js')], { encoding: 'utf8' })).toMatchObject({
      status: 2,
      stderr: 'Usage: check.js CRITERIA.json FOLDER [--json]\n',
    });
    expect(check(GOOD_FILES, { ...criteria, need: 9 })).toMatchObject({
      status: 2,
      stderr: '$.need: an integer from 1 to 1 is expected\n',
    });
  });
});
