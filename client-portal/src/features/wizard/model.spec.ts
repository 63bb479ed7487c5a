import { criteriaHash } from '@milepost/protocol/criteria';
import type { Config } from '../../api/types';
import { exactAmount } from '../../lib/money';
import { check, fromTerms, newDraft, RULES, ruleWarning, TEMPLATES, toTerms, type Draft, type Template } from './model';
import { percentToBps } from './numbers';
import { evenWeights, newCheck, toCheck } from './tests-form';

const at = (n: number) => `0x${String(n).repeat(40)}` as const;
const CLIENT = at(1);
const accounts = [2, 3, 4, 5, 6, 9].map((index) => ({ index, name: `Person ${index}`, address: at(index), role: '' }));
const config: Config = {
  mode: 'local',
  chainId: 31_337,
  rpcUrl: 'http://localhost:8545',
  contracts: {},
  token: { address: at(7), symbol: 'USDX', decimals: 6, name: 'Test', version: '1' },
  feeBps: 500,
  oracle: { label: 'local', creOracle: at(8), runnerAddress: '0xABCDEFabcdefABCDEFabcdefABCDEFabcdefABCD' },
  limits: { maxFileBytes: 1, maxFiles: 1 },
  finalityDepth: 0,
};
const template = (id: string) => TEMPLATES.find((item) => item.id === id) as Template;
const draft = (news: Partial<Draft> = {}): Draft => ({ ...newDraft(template('research'), accounts), ...news });
const errors = (value: Draft) => Object.keys(check(value, 'review', CLIENT, 6));

describe('a draft', () => {
  it('from a template and local people has nothing wrong with it', () => {
    expect(errors(draft())).toEqual([]);
    expect(errors({ ...newDraft(template('annotation'), accounts) })).toEqual([]);
  });

  it('names every field that is wrong', () => {
    expect(errors(draft({ title: ' ' }))).toEqual(['title']);
    expect(errors(draft({ contributor: CLIENT }))).toContain('contributor');
    expect(errors(draft({ payees: [{ account: at(2), percent: '60' }] }))).toEqual(['payees']);
    expect(errors(draft({ panel: [at(4), at(4), at(2)] }))).toEqual(['panel.1', 'panel.2']);
    expect(errors(draft({ arbitrator: at(4) }))).toEqual(['arbitrator']);
    expect(errors(draft({ holdbackPercent: '21' }))).toEqual(['holdbackPercent']);
    const [first, second] = draft().milestones;
    if (!first || !second) throw new Error('the template has two milestones');
    expect(
      errors(
        draft({
          milestones: [
            { ...first, amount: '0', dueDays: '1.5', criteria: [] },
            { ...second, checks: [] },
          ],
        }),
      ),
    ).toEqual(['milestones.0.amount', 'milestones.0.dueDays', 'milestones.0.criteria', 'milestones.1.checks']);
  });

  it('says by how much shares miss the whole', () => {
    const wrong = draft({
      payees: [
        { account: at(2), percent: '60' },
        { account: at(3), percent: '39.99' },
      ],
    });
    expect(check(wrong, 'scope', CLIENT, 6)['payees']).toContain('99.99%');
  });
});

describe('terms of a draft', () => {
  const { terms, documents } = toTerms(draft(), CLIENT, config, 1_800_000_000);

  it('carry exact amounts, weights that sum to the whole, and clocks that agree with the profile', () => {
    expect(terms.milestones.map((item) => item.amount)).toEqual(['6000000000', '4000000000']);
    for (const milestone of terms.milestones) {
      expect(milestone.criteria.reduce((sum, item) => sum + item.weight, 0)).toBe(10_000);
      const profile = terms.profiles[milestone.profile];
      const policy = terms.policies[milestone.policy];
      expect(policy).toMatchObject({
        windowSeconds: (profile?.reviewDays ?? 0) * 86_400,
        extensionSeconds: (profile?.extensionDays ?? 0) * 86_400,
        challengeSeconds: (profile?.holdHours ?? 0) * 3_600,
        silence: profile?.silence,
      });
      expect(milestone.fundBy).toBeLessThanOrEqual(milestone.due);
    }
    expect(terms.payees.reduce((sum, item) => sum + item.weight, 0)).toBe(10_000);
  });

  it('name the acceptance document by its hash, with the runner in lower case', () => {
    expect(documents).toHaveLength(1);
    const [document] = documents;
    if (!document) throw new Error('an oracle milestone has a document');
    expect(terms.policies[1]?.bodies.oracle?.criteriaHash).toBe(criteriaHash(document));
    expect(document.kind === 'acceptance-suite' && document.runners).toEqual([
      config.oracle.runnerAddress?.toLowerCase(),
    ]);
  });

  it('give the client a seat only where a policy asks the client', () => {
    expect(terms.seats.filter((seat) => seat.body === 'clients')).toHaveLength(1);
    const [first] = draft().milestones;
    const onlyPanel = toTerms(draft({ milestones: first ? [first] : [] }), CLIENT, config, 1);
    expect(onlyPanel.terms.seats.map((seat) => seat.body)).toEqual(['panel', 'panel', 'panel']);
  });

  it('come back into the wizard as they were', () => {
    const again = fromTerms(
      draft().title,
      draft().summary,
      terms,
      new Map(documents.map((document) => [criteriaHash(document), document])),
      (units) => exactAmount(units, 6),
    );
    expect(toTerms(again, CLIENT, config, 1_800_000_000)).toEqual({ terms, documents });
  });

  it.each(RULES)('of the rule $rule come back as that rule', ({ rule, bodies, silence }) => {
    const [, second] = draft().milestones;
    if (!second) throw new Error('the template has two milestones');
    const one = draft({ milestones: [{ ...second, rule }] });
    expect(errors(one)).toEqual([]);
    const built = toTerms(one, CLIENT, config, 1_800_000_000);
    const [policy] = built.terms.policies;
    expect(Object.keys(policy?.bodies ?? {}).sort()).toEqual([...bodies].sort());
    expect(policy?.silence).toBe(silence ?? 'approve');
    const known = new Map(built.documents.map((document) => [criteriaHash(document), document]));
    const again = fromTerms('t', 's', built.terms, known, (units) => exactAmount(units, 6));
    expect(again.milestones[0]?.rule).toBe(rule);
    // Whoever lets a machine say yes is told whom that trusts; nobody else is.
    expect(ruleWarning(rule) !== null).toBe(bodies.includes('oracle'));
  });

  it('never let silence approve what only the oracle may', () => {
    const [first, second] = draft().milestones;
    if (!first || !second) throw new Error('the template has two milestones');
    const mixed = draft({ milestones: [first, { ...second, rule: 'oracle-only' }] });
    const { terms: built } = toTerms(mixed, CLIENT, config, 1_800_000_000);
    expect(built.policies.map(({ silence }) => silence)).toEqual(['approve', 'dispute']);
    expect(built.profiles.map(({ silence }) => silence)).toEqual(['approve', 'dispute']);
    expect(fromTerms('t', 's', built, new Map(), (units) => units).silence).toBe('approve');
  });

  it('refuse an oracle milestone where nobody runs the tests', () => {
    expect(() => toTerms(draft(), CLIENT, { ...config, oracle: { label: 'x', creOracle: at(8) } }, 1)).toThrow(
      'acceptance runner',
    );
  });
});

describe('small rules', () => {
  it('read percentages exactly', () => {
    expect(['0', '12.5', '100', '0.01'].map(percentToBps)).toEqual([0, 1_250, 10_000, 1]);
    expect(['', '101', '1.234', '-1', 'x'].map(percentToBps)).toEqual([null, null, null, null, null]);
  });

  it('divide a whole evenly, the rest to the first', () => {
    expect(evenWeights(3)).toEqual([3_334, 3_333, 3_333]);
    for (let n = 1; n <= 50; n += 1) expect(evenWeights(n).reduce((a, b) => a + b, 0)).toBe(10_000);
  });

  it('refuse a test that cannot be run', () => {
    expect(toCheck({ ...newCheck('csv-columns'), columns: 'a, a' })).toBe('A column is named twice.');
    expect(typeof toCheck({ ...newCheck('file-present'), file: '../x' })).toBe('string');
    expect(toCheck({ ...newCheck('csv-max-empty-bps'), percent: '2.5' })).toEqual({
      kind: 'csv-max-empty-bps',
      file: '*.csv',
      bps: 250,
    });
  });
});
