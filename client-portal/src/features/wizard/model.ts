import { criteriaHash, type Criteria } from '@milepost/protocol/criteria';
import type {
  Address,
  Config,
  Criterion,
  Hex,
  LocalAccount,
  PolicyDraft,
  ProfileDraft,
  SeatDraft,
  TermsDraft,
} from '../../api/types';
import { AmountError, parseAmount } from '../../lib/money';
import { percentToBps, whole } from './numbers';
import {
  evenWeights,
  fromCriteria,
  newCheck,
  newTests,
  testErrors,
  toCriteria,
  type CheckForm,
  type TestsForm,
} from './tests-form';

/** What the wizard edits: text as typed, turned into terms only when all of it is right. */
export type Rule =
  | 'panel'
  | 'client'
  | 'client-or-panel'
  | 'oracle'
  | 'oracle-held'
  | 'oracle-only'
  | 'panel-or-oracle'
  | 'panel-and-oracle'
  | 'client-and-oracle';

export interface MilestoneForm {
  key: string;
  title: string;
  description: string;
  amount: string;
  dueDays: string;
  criteria: { key: string; text: string }[];
  rule: Rule;
  /** Tests on the delivered files; used by one kind of `tests`. */
  checks: CheckForm[];
  tests: TestsForm;
}

export interface Draft {
  title: string;
  summary: string;
  contributor: string;
  payees: { account: string; percent: string }[];
  panel: string[];
  arbitrator: string;
  milestones: MilestoneForm[];
  holdbackPercent: string;
  warrantyDays: string;
  reviewDays: string;
  maxRounds: string;
  killPercent: string;
  silence: 'approve' | 'dispute';
}

export interface RuleInfo {
  rule: Rule;
  label: string;
  hint: string;
  bodies: readonly ('clients' | 'panel' | 'oracle')[];
  need: number;
  quorumBps: number;
  approvalBps: number;
  extensionDays: number;
  /** Hours of the challenge time where an approval may be held. */
  holdHours: number;
  holdOracle: boolean;
  /** Where only one outcome of silence is possible, whatever the project's choice is. */
  silence?: 'dispute';
  preset: string | null;
}

/** The choices, in the order in which they are offered. */
export const RULES: readonly RuleInfo[] = [
  {
    rule: 'panel',
    label: 'Stakeholder vote',
    hint: 'A panel of three to seven people votes. Paid the moment 60% approve.',
    bodies: ['panel'],
    need: 1,
    quorumBps: 4_000,
    approvalBps: 6_000,
    extensionDays: 2,
    holdHours: 24,
    holdOracle: false,
    preset: null,
  },
  {
    rule: 'oracle',
    label: 'Chainlink oracle, or the client',
    hint: 'Tests on the delivered files decide: paid when they pass. The client may also approve.',
    bodies: ['clients', 'oracle'],
    need: 1,
    quorumBps: 5_001,
    approvalBps: 5_001,
    extensionDays: 0,
    holdHours: 48,
    holdOracle: false,
    preset: 'simple',
  },
  {
    rule: 'oracle-held',
    label: 'Oracle, with two days to object',
    hint: 'As above, but an approval by tests alone waits two days in which either side may challenge it.',
    bodies: ['clients', 'oracle'],
    need: 1,
    quorumBps: 5_001,
    approvalBps: 5_001,
    extensionDays: 0,
    holdHours: 48,
    holdOracle: true,
    preset: 'automated',
  },
  {
    rule: 'oracle-only',
    label: 'Oracle alone, with two days to object',
    hint: 'Nobody votes. An approval by the tests waits two days in which either side may challenge it; without a verdict it goes to dispute.',
    bodies: ['oracle'],
    need: 1,
    quorumBps: 5_001,
    approvalBps: 5_001,
    extensionDays: 0,
    holdHours: 48,
    holdOracle: true,
    silence: 'dispute',
    preset: null,
  },
  {
    rule: 'panel-or-oracle',
    label: 'Panel vote or oracle',
    hint: 'Whichever says yes first. An approval by the tests alone waits two days in which either side may challenge it.',
    bodies: ['panel', 'oracle'],
    need: 1,
    quorumBps: 4_000,
    approvalBps: 6_000,
    extensionDays: 2,
    holdHours: 48,
    holdOracle: true,
    preset: null,
  },
  {
    rule: 'client-or-panel',
    label: 'Client or panel',
    hint: 'Either says yes. If only the panel does, the client has three days to object.',
    bodies: ['clients', 'panel'],
    need: 1,
    quorumBps: 4_000,
    approvalBps: 6_000,
    extensionDays: 2,
    holdHours: 72,
    holdOracle: false,
    preset: 'standard',
  },
  {
    rule: 'client-and-oracle',
    label: 'Client and oracle, both',
    hint: 'For large amounts: the tests must pass and the client must approve.',
    bodies: ['clients', 'oracle'],
    need: 2,
    quorumBps: 5_001,
    approvalBps: 5_001,
    extensionDays: 0,
    holdHours: 48,
    holdOracle: false,
    preset: null,
  },
  {
    rule: 'panel-and-oracle',
    label: 'Panel vote and oracle, both',
    hint: 'For large amounts with many stakeholders: the tests must pass and 60% of the panel must approve.',
    bodies: ['panel', 'oracle'],
    need: 2,
    quorumBps: 4_000,
    approvalBps: 6_000,
    extensionDays: 2,
    holdHours: 48,
    holdOracle: false,
    preset: null,
  },
  {
    rule: 'client',
    label: 'Client alone',
    hint: 'The client approves or asks for changes.',
    bodies: ['clients'],
    need: 1,
    quorumBps: 5_001,
    approvalBps: 5_001,
    extensionDays: 0,
    holdHours: 24,
    holdOracle: false,
    preset: null,
  },
];

export function ruleInfo(rule: Rule): RuleInfo {
  const info = RULES.find((item) => item.rule === rule);
  if (!info) throw new Error(`There is no decision rule “${rule}”.`);
  return info;
}

export const usesOracle = (rule: Rule): boolean => ruleInfo(rule).bodies.includes('oracle');
/** Whether tests alone can pay at once, or nobody but the oracle says yes: then the parties should know whom they trust. */
export const ruleWarning = (rule: Rule): string | null => {
  const { bodies, need, holdOracle } = ruleInfo(rule);
  if (!bodies.includes('oracle')) return null;
  const trust =
    'More than a third of the oracle’s nodes together can sign a lie, and a data source can lie to all of them.';
  if (need > 1) return `${trust} With this rule a lie alone pays nothing.`;
  return holdOracle
    ? `${trust} The two days to object are the protection: look at the evidence in time.`
    : `${trust} With this rule passed tests pay at once. For large amounts choose one with two days to object, or one that asks people too.`;
};
export const usesPanel = (draft: Draft): boolean =>
  draft.milestones.some((item) => ruleInfo(item.rule).bodies.includes('panel'));

let serial = 0;
export const newKey = (): string => `k${Date.now().toString(36)}${(serial += 1)}`;

export const newMilestone = (rule: Rule): MilestoneForm => ({
  key: newKey(),
  title: '',
  description: '',
  amount: '',
  dueDays: '30',
  criteria: [{ key: newKey(), text: '' }],
  rule,
  checks: [],
  tests: newTests(),
});

const isAddress = (text: string): text is Address => /^0x[0-9a-fA-F]{40}$/.test(text.trim());
const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

export type Errors = Record<string, string>;
export type Step = 'scope' | 'milestones' | 'rule' | 'review';

/** What is wrong, by the name of the field, for one step. */
export function check(draft: Draft, step: Step, client: string, decimals: number): Errors {
  const errors: Errors = {};
  if (step === 'scope' || step === 'review') Object.assign(errors, checkScope(draft, client));
  if (step === 'milestones' || step === 'review') Object.assign(errors, checkMilestones(draft, decimals));
  if (step === 'rule' || step === 'review') Object.assign(errors, checkRule(draft, client));
  return errors;
}

function checkScope(draft: Draft, client: string): Errors {
  const errors: Errors = {};
  if (draft.title.trim().length < 3) errors['title'] = 'Give the project a name of at least three characters.';
  if (!isAddress(draft.contributor)) errors['contributor'] = 'Choose who delivers the work.';
  else if (same(draft.contributor, client)) errors['contributor'] = 'Client and contributor must be different people.';
  if (draft.payees.length > 8) errors['payees'] = 'At most eight payees.';
  let sum = 0;
  draft.payees.forEach((payee, index) => {
    const bps = percentToBps(payee.percent);
    if (!isAddress(payee.account)) errors[`payees.${index}.account`] = 'Choose who is paid.';
    else if (same(payee.account, client))
      errors[`payees.${index}.account`] = 'The client cannot be paid by the project.';
    else if (draft.payees.some((other, i) => i < index && same(other.account, payee.account)))
      errors[`payees.${index}.account`] = 'This person is listed already.';
    if (bps === null || bps === 0) errors[`payees.${index}.percent`] = 'A share above 0%, at most two decimals.';
    else sum += bps;
  });
  if (draft.payees.length > 0 && sum !== 10_000)
    errors['payees'] = `The shares add up to ${(sum / 100).toString()}%; they must add up to 100%.`;
  return errors;
}

function checkMilestones(draft: Draft, decimals: number): Errors {
  const errors: Errors = {};
  if (draft.milestones.length === 0) errors['milestones'] = 'A project needs at least one milestone.';
  if (draft.milestones.length > 16) errors['milestones'] = 'At most sixteen milestones.';
  draft.milestones.forEach((milestone, index) => {
    const at = `milestones.${index}`;
    if (milestone.title.trim().length < 2) errors[`${at}.title`] = 'Give the milestone a name.';
    try {
      if (parseAmount(milestone.amount, decimals) === 0n) errors[`${at}.amount`] = 'The amount must be more than zero.';
    } catch (error) {
      errors[`${at}.amount`] = error instanceof AmountError ? error.message : 'This is not an amount.';
    }
    if (whole(milestone.dueDays, 1, 3_650) === null) errors[`${at}.dueDays`] = 'Whole days from the start, 1 to 3,650.';
    if (milestone.criteria.filter((item) => item.text.trim()).length === 0)
      errors[`${at}.criteria`] = 'Write down at least one criterion: what “done” means.';
  });
  return errors;
}

function checkRule(draft: Draft, client: string): Errors {
  const errors: Errors = {};
  if (usesPanel(draft)) {
    if (draft.panel.length < 3 || draft.panel.length > 7) errors['panel'] = 'A panel has three to seven people.';
    draft.panel.forEach((account, index) => {
      if (!isAddress(account)) errors[`panel.${index}`] = 'Choose a person.';
      else if (draft.panel.some((other, i) => i < index && same(other, account)))
        errors[`panel.${index}`] = 'One seat per person.';
      else if (same(account, client)) errors[`panel.${index}`] = 'The client has a seat of its own.';
      else if (same(account, draft.contributor) || draft.payees.some((payee) => same(payee.account, account)))
        errors[`panel.${index}`] = 'Whoever is paid by the project cannot vote on it.';
    });
  }
  draft.milestones.forEach((milestone, index) => {
    if (!usesOracle(milestone.rule)) return;
    for (const [field, message] of Object.entries(testErrors(milestone)))
      errors[`milestones.${index}.${field}`] = message;
  });
  if (!isAddress(draft.arbitrator)) errors['arbitrator'] = 'Choose who rules if a dispute goes that far.';
  else if (
    [
      client,
      draft.contributor,
      ...draft.payees.map((payee) => payee.account),
      ...(usesPanel(draft) ? draft.panel : []),
    ].some((other) => same(other, draft.arbitrator))
  )
    errors['arbitrator'] = 'The arbitrator must not be a party, a payee or a panel member.';
  const holdback = percentToBps(draft.holdbackPercent);
  if (holdback === null || holdback > 2_000) errors['holdbackPercent'] = '0% to 20%.';
  const kill = percentToBps(draft.killPercent);
  if (kill === null || kill > 5_000) errors['killPercent'] = '0% to 50%.';
  if (whole(draft.warrantyDays, 0, 730) === null) errors['warrantyDays'] = '0 to 730 days.';
  if (whole(draft.reviewDays, 3, 60) === null) errors['reviewDays'] = '3 to 60 days.';
  if (whole(draft.maxRounds, 1, 7) === null) errors['maxRounds'] = '1 to 7 rounds.';
  return errors;
}

const DAY = 86_400;

/** Profiles and policies are shared by milestones that agree in all of their numbers. */
function intern<T>(list: T[], value: T): number {
  const text = JSON.stringify(value);
  const found = list.findIndex((item) => JSON.stringify(item) === text);
  return found >= 0 ? found : list.push(value) - 1;
}

export interface Built {
  terms: TermsDraft;
  /** Acceptance documents to store before the terms name them. */
  documents: Criteria[];
}

/** Terms of a draft without errors. `now` in Unix seconds. */
export function toTerms(draft: Draft, client: Address, config: Config, now: number): Built {
  const profiles: ProfileDraft[] = [];
  const policies: PolicyDraft[] = [];
  const documents: Criteria[] = [];
  const { decimals, address } = config.token;
  const milestones = draft.milestones.map((form) => {
    const info = ruleInfo(form.rule);
    const silence = info.silence ?? draft.silence;
    const profile: ProfileDraft = {
      reviewDays: Number(draft.reviewDays),
      extensionDays: info.extensionDays,
      holdHours: info.holdHours,
      reworkDays: 7,
      graceDays: 3,
      lateDays: 14,
      arbitrationDays: 42,
      silence,
      maxRounds: Number(draft.maxRounds),
      killBps: percentToBps(draft.killPercent) ?? 0,
      holdbackBps: percentToBps(draft.holdbackPercent) ?? 0,
      lateDailyBps: 50,
      lateCapBps: 500,
      deadlockBps: 5_000,
    };
    const body = { quorumBps: info.quorumBps, approvalBps: info.approvalBps };
    let hash: Hex | null = null;
    if (usesOracle(form.rule)) {
      if (!config.oracle.runnerAddress)
        throw new Error('This deployment names no acceptance runner, so an oracle milestone cannot be agreed.');
      const document = toCriteria(form, config.oracle.runnerAddress);
      documents.push(document);
      hash = criteriaHash(document);
    }
    const policy: PolicyDraft = {
      preset: info.preset,
      bodies: {
        ...(info.bodies.includes('clients') ? { clients: body } : {}),
        ...(info.bodies.includes('panel') ? { panel: body } : {}),
        ...(hash ? { oracle: { criteriaHash: hash } } : {}),
      },
      need: info.need,
      silence,
      holdOracle: info.holdOracle,
      windowSeconds: profile.reviewDays * DAY,
      extensionSeconds: profile.extensionDays * DAY,
      challengeSeconds: profile.holdHours * 3_600,
    };
    const texts = form.criteria.map((item) => item.text.trim()).filter(Boolean);
    const weights = evenWeights(texts.length);
    const criteria: Criterion[] = texts.map((text, index) => ({
      id: `c${index + 1}`,
      text,
      weight: weights[index] ?? 0,
    }));
    const due = Number(form.dueDays);
    return {
      title: form.title.trim(),
      description: form.description.trim(),
      criteria,
      amount: parseAmount(form.amount, decimals).toString(),
      due,
      fundBy: Math.min(due, 14),
      profile: intern(profiles, profile),
      policy: intern(policies, policy),
    };
  });
  const withClients = policies.some((policy) => policy.bodies.clients);
  const panelPolicy = policies.findIndex((policy) => policy.bodies.panel);
  const seats: SeatDraft[] = [
    ...(withClients ? [{ account: client, body: 'clients' as const, weight: 1 }] : []),
    ...(panelPolicy >= 0
      ? draft.panel.map((account) => ({ account: account.trim() as Address, body: 'panel' as const, weight: 1 }))
      : []),
  ];
  return {
    documents,
    terms: {
      client,
      contributor: draft.contributor.trim() as Address,
      token: address,
      feeBps: config.feeBps,
      start: now,
      warrantyDays: Number(draft.warrantyDays),
      payees: draft.payees.map((payee) => ({
        account: payee.account.trim() as Address,
        weight: percentToBps(payee.percent) ?? 0,
      })),
      profiles,
      milestones,
      policies,
      seats,
      arbitration: {
        arbitrator: draft.arbitrator.trim() as Address,
        fallbackArbitrator: null,
        fee: parseAmount('100', decimals).toString(),
        bond: '0',
        settleFeeBps: 2_500,
        panelPolicy: panelPolicy >= 0 ? panelPolicy : null,
        windows: {
          negotiate: 5 * DAY,
          panel: 3 * DAY,
          panelExtension: 2 * DAY,
          appeal: 3 * DAY,
          deposit: 5 * DAY,
          ruling: 14 * DAY,
          fallback: 0,
        },
      },
    },
  };
}

/** Ready-made people of a local test chain, for a draft that can be signed without typing. */
export function localPeople(
  accounts: readonly LocalAccount[],
): Pick<Draft, 'contributor' | 'payees' | 'panel' | 'arbitrator'> {
  const at = (index: number) => accounts.find((account) => account.index === index)?.address ?? '';
  return {
    contributor: at(2),
    payees: [
      { account: at(2), percent: '60' },
      { account: at(3), percent: '40' },
    ],
    panel: [at(4), at(5), at(6)],
    arbitrator: at(9),
  };
}

export interface Template {
  id: string;
  label: string;
  hint: string;
  fill: () => Pick<Draft, 'title' | 'summary' | 'milestones'>;
}

const lines = (...texts: string[]) => texts.map((text) => ({ key: newKey(), text }));

export const TEMPLATES: readonly Template[] = [
  {
    id: 'research',
    label: 'Research report and data set',
    hint: 'A report that stakeholders vote on, then data that an oracle tests.',
    fill: () => ({
      title: 'Market study: report and data',
      summary: 'A written study with its sources, then the cleaned data behind it.',
      milestones: [
        {
          ...newMilestone('panel'),
          title: 'Written report',
          description: 'A report of 20 to 30 pages that answers the agreed questions.',
          amount: '6000',
          dueDays: '21',
          criteria: lines(
            'Answers each agreed question',
            'Names a source for every figure',
            'Has a summary of one page',
          ),
        },
        {
          ...newMilestone('oracle'),
          title: 'Cleaned data set',
          description: 'The data behind the report as one CSV file.',
          amount: '4000',
          dueDays: '35',
          criteria: lines('One row per company, no duplicates', 'All agreed columns are filled'),
          checks: [
            { ...newCheck('csv-columns'), file: 'companies.csv', columns: 'id, name, country, revenue' },
            { ...newCheck('csv-min-rows'), file: 'companies.csv', rows: '10' },
            { ...newCheck('csv-max-empty-bps'), file: 'companies.csv', percent: '5' },
          ],
        },
      ],
    }),
  },
  {
    id: 'annotation',
    label: 'Data labelling',
    hint: 'A pilot that a panel judges, then the full batch by test.',
    fill: () => ({
      title: 'Labelling of support tickets',
      summary: 'A pilot batch to settle the guideline, then the full batch.',
      milestones: [
        {
          ...newMilestone('panel'),
          title: 'Pilot and guideline',
          description: 'A labelled pilot with the written guideline.',
          amount: '1500',
          dueDays: '10',
          criteria: lines('Guideline covers every label with two examples', 'Pilot follows the guideline'),
        },
        {
          ...newMilestone('oracle'),
          title: 'Full batch',
          description: 'All tickets labelled.',
          amount: '5500',
          dueDays: '28',
          criteria: lines('Every ticket has exactly one label'),
          checks: [
            { ...newCheck('csv-columns'), file: 'labels.csv', columns: 'ticket, label' },
            { ...newCheck('csv-min-rows'), file: 'labels.csv', rows: '500' },
            { ...newCheck('csv-max-empty-bps'), file: 'labels.csv', percent: '0' },
          ],
        },
      ],
    }),
  },
  {
    id: 'blank',
    label: 'Start empty',
    hint: 'One milestone, decided by the client.',
    fill: () => ({ title: '', summary: '', milestones: [newMilestone('client')] }),
  },
];

/** A new draft from a template. */
export function newDraft(template: Template, accounts: readonly LocalAccount[] | undefined): Draft {
  const people =
    accounts && accounts.length > 0
      ? localPeople(accounts)
      : { contributor: '', payees: [], panel: ['', '', ''], arbitrator: '' };
  return {
    ...template.fill(),
    ...people,
    holdbackPercent: '10',
    warrantyDays: '60',
    reviewDays: '10',
    maxRounds: '3',
    killPercent: '15',
    silence: 'approve',
  };
}

const ruleOf = (policy: PolicyDraft | undefined): Rule => {
  if (!policy) return 'client';
  const { clients, panel, oracle } = policy.bodies;
  if (oracle && panel) return policy.need > 1 ? 'panel-and-oracle' : 'panel-or-oracle';
  if (oracle && !clients) return 'oracle-only';
  if (oracle) return policy.need > 1 ? 'client-and-oracle' : policy.holdOracle ? 'oracle-held' : 'oracle';
  if (panel) return clients ? 'client-or-panel' : 'panel';
  return 'client';
};

const bpsText = (bps: number): string => (bps / 100).toString();

/** A saved draft back into the wizard; `documents` by their hash. */
export function fromTerms(
  title: string,
  summary: string,
  terms: TermsDraft,
  documents: ReadonlyMap<string, Criteria>,
  amountText: (units: string) => string,
): Draft {
  const profile = terms.profiles[0];
  return {
    title,
    summary,
    contributor: terms.contributor,
    payees: terms.payees.map((payee) => ({ account: payee.account, percent: bpsText(payee.weight) })),
    panel: terms.seats.filter((seat) => seat.body === 'panel').map((seat) => seat.account),
    arbitrator: terms.arbitration.arbitrator,
    milestones: terms.milestones.map((milestone) => {
      const policy = terms.policies[milestone.policy];
      const document = documents.get(policy?.bodies.oracle?.criteriaHash ?? '');
      return {
        key: newKey(),
        title: milestone.title,
        description: milestone.description,
        amount: amountText(milestone.amount),
        dueDays: String(milestone.due),
        criteria: milestone.criteria.map((item) => ({ key: newKey(), text: item.text })),
        rule: ruleOf(policy),
        ...fromCriteria(document),
      };
    }),
    holdbackPercent: bpsText(profile?.holdbackBps ?? 0),
    warrantyDays: String(terms.warrantyDays),
    reviewDays: String(profile?.reviewDays ?? 10),
    maxRounds: String(profile?.maxRounds ?? 3),
    killPercent: bpsText(profile?.killBps ?? 0),
    silence: silenceOf(terms),
  };
}

/** The project's choice: what milestones whose rule leaves one say. */
const silenceOf = (terms: TermsDraft): Draft['silence'] => {
  const free = terms.policies.find((policy) => ruleInfo(ruleOf(policy)).silence === undefined);
  return (free ?? terms.policies[0])?.silence ?? 'approve';
};
