/** Random terms of one project, within the bounds of the signed terms. */
import type { FileArbitration, FileBody, FilePolicy, FileProfile, FileTerms, Party } from '../scenario/format.js';
import type { Random } from './random.js';

/** Everybody who may appear in a life. */
export const PARTIES = {
  client: 'client',
  cofunder: 'second funder; seat of the client body',
  lead: 'contributor',
  maker: 'payee',
  editor: 'payee; in some lives also named for a panel seat, which is excluded',
  heir1: 'address that payees name later',
  heir2: 'address that payees name later',
  panel1: 'panel seat',
  panel2: 'panel seat',
  panel3: 'panel seat',
  reviewer1: 'reviewer seat',
  reviewer2: 'reviewer seat',
  arbitrator: 'arbitrator',
  fallback: 'fallback arbitrator',
  oracle: 'oracle network',
  treasury: 'receives fees',
  issuer: 'issuer of the token',
  stranger: 'unrelated caller',
} as const;

export type PartyName = keyof typeof PARTIES;
export const NAMES = Object.keys(PARTIES) as PartyName[];

const KINDS: { readonly [party: string]: string } = { oracle: 'oracle', treasury: 'feeRecipient', issuer: 'issuer' };
const FUNDED: ReadonlySet<string> = new Set(['client', 'cofunder', 'lead', 'stranger']);
/** Opening balance: more than any life needs. */
export const WALLET = 10n ** 15n;

/** Parties of the world in the form of a scenario file. */
export function partiesOfWorld(): { readonly [party: string]: Party } {
  return Object.fromEntries(
    NAMES.map((name) => {
      const kind = KINDS[name];
      const wallet = FUNDED.has(name) ? WALLET.toString() : '0';
      return [name, { role: PARTIES[name], wallet, ...(kind === undefined ? {} : { kind }) }];
    }),
  );
}

const HUMAN: readonly FileBody[] = ['clients', 'panel', 'reviewers'];
const DAY = 86_400;

function profile(random: Random): FileProfile {
  return {
    reviewDays: random.whole(3, 12),
    extensionDays: random.pick([0, 2, 5]),
    holdHours: random.pick([24, 48, 72]),
    reworkDays: random.whole(3, 7),
    graceDays: random.pick([0, 0, 3]),
    lateDays: random.pick([0, 3, 7]),
    arbitrationDays: 60,
    silence: random.pick(['approve', 'dispute'] as const),
    maxRounds: random.whole(1, 3),
    killBps: random.pick([0, 1_500, 5_000]),
    holdbackBps: random.pick([0, 1_000, 2_000]),
    lateDailyBps: random.pick([0, 50, 333, 500]),
    lateCapBps: random.pick([0, 500, 2_000]),
    deadlockBps: random.pick([0, 5_000, 3_333, 10_000]),
  };
}

/** A share that some weight of a body reaches exactly, or just misses. */
function edge(random: Random, total: number, least: number): number {
  const exact = Math.round((random.whole(1, total) * 10_000) / total) + random.whole(-1, 1);
  return Math.min(10_000, Math.max(least, exact));
}

function policy(random: Random, silentApproval: boolean, weights: { readonly [body: string]: number }): FilePolicy {
  const rule = (body: FileBody) => ({
    quorumBps: random.chance(50) ? random.pick([1, 4_000, 5_001, 6_000, 10_000]) : edge(random, weights[body] ?? 1, 1),
    approvalBps: random.chance(50)
      ? random.pick([5_001, 6_000, 6_667, 10_000])
      : edge(random, weights[body] ?? 1, 5_001),
  });
  const human = random.some(HUMAN, random.whole(0, 3));
  // Silence of an oracle alone must never approve: registration refuses it.
  const oracle = human.length === 0 ? !silentApproval : random.chance(50);
  if (human.length === 0 && !oracle) human.push('clients');
  const bodies = { ...Object.fromEntries(human.map((body) => [body, rule(body)])), ...(oracle ? { oracle: {} } : {}) };
  const flags = oracle && random.chance(50) ? ['HOLD_ORACLE'] : [];
  return { bodies, need: random.whole(1, Object.keys(bodies).length), flags };
}

function arbitration(random: Random, panel: boolean): FileArbitration {
  const days = (): number => random.whole(1, 4) * DAY;
  return {
    arbitrator: 'arbitrator',
    fallbackArbitrator: random.chance(50) ? 'fallback' : null,
    fee: String(random.pick([1, 1_000, 999_999])),
    bond: String(random.pick([0, 1, 50_001])),
    settleFeeBps: random.pick([0, 2_500, 10_000]),
    panelPolicy: panel ? 'panel' : null,
    windows: {
      negotiate: days(),
      panel: days(),
      panelExtension: random.pick([0, DAY]),
      appeal: days(),
      deposit: days(),
      ruling: days(),
      fallback: days(),
    },
  };
}

function payees(random: Random): FileTerms['payees'] {
  const parties = ['lead', 'maker', 'editor'].slice(0, random.whole(0, 3));
  let left = 10_000;
  return parties.map((party, index) => {
    const weight = index === parties.length - 1 ? left : random.whole(1, left - (parties.length - 1 - index));
    left -= weight;
    return { party, weight };
  });
}

function seatsOf(random: Random, excluded: boolean): FileTerms['seats'] {
  return [
    { party: 'client', body: 'clients', weight: random.whole(1, 3) },
    { party: 'cofunder', body: 'clients', weight: random.whole(1, 3) },
    { party: 'panel1', body: 'panel', weight: 1 },
    { party: 'panel2', body: 'panel', weight: 1 },
    { party: 'panel3', body: 'panel', weight: random.whole(1, 3) },
    { party: 'reviewer1', body: 'reviewers', weight: 1 },
    { party: 'reviewer2', body: 'reviewers', weight: random.whole(1, 2) },
    ...(excluded ? [{ party: 'editor', body: 'panel', weight: 1 } as const] : []),
  ];
}

/** Random terms that start a little after `now`. */
export function randomTerms(random: Random, now: number, feeBps: number): FileTerms {
  const profiles = Object.fromEntries(
    Array.from({ length: random.whole(1, 2) }, (_, index) => [`p${index}`, profile(random)]),
  );
  const paid = payees(random);
  const seats = seatsOf(random, paid.some((payee) => payee.party === 'editor') && random.chance(30));
  const weights: { [body: string]: number } = {};
  for (const { party, body, weight } of seats) {
    if (!paid.some((payee) => payee.party === party)) weights[body] = (weights[body] ?? 0) + weight;
  }
  const start = Math.floor(now / DAY) * DAY + DAY;
  const policies: { [name: string]: FilePolicy } = {};
  const milestones = Array.from({ length: random.whole(1, 4) }, (_, index) => {
    const name = random.pick(Object.keys(profiles));
    policies[`q${index}`] = policy(random, profiles[name]?.silence === 'approve', weights);
    const due = random.whole(1, 30);
    const amount = random.pick([
      random.whole(1, 99),
      random.whole(1_000, 9_999_999),
      random.whole(1_000_000, 2_000_000_000),
    ]);
    return {
      id: `M${index + 1}`,
      amount: String(amount),
      due,
      fundBy: random.whole(0, due),
      profile: name,
      policy: `q${index}`,
    };
  });
  const panel = random.chance(75);
  if (panel) policies['panel'] = { bodies: { panel: { quorumBps: 6_000, approvalBps: 6_000 } }, need: 1 };
  return {
    client: 'client',
    contributor: 'lead',
    funders: random.chance(50) ? ['client', 'cofunder'] : ['client'],
    treasury: 'treasury',
    start: new Date(start * 1000).toISOString().replace('.000Z', 'Z'),
    feeBps,
    warrantyDays: random.pick([0, 1, 30]),
    profiles,
    payees: paid,
    seats,
    policies,
    arbitration: arbitration(random, panel),
    milestones,
  };
}
