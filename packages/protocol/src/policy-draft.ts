/**
 * From a draft's policies to the words that are signed: a policy of the draft has no clocks of its own, they are those of
 * the milestone's profile. A policy used with two different profiles becomes two words.
 */
import type { HumanBody, Threshold } from './decision.js';
import { bodiesOf, type GatePolicy, type GatePolicyTerms, type GateSeat, type OracleTerms } from './gate-policy.js';

const DAY = 86_400;
const HOUR = 3_600;

/** A policy as people draft it. */
export interface PolicyDraft {
  readonly bodies: { readonly [body in HumanBody]?: Threshold } & { readonly oracle?: OracleTerms };
  readonly need: number;
  readonly holdOracle: boolean;
}

/** The clocks of a profile that the gate keeps too. */
export interface ReviewClocks {
  readonly reviewDays: number;
  readonly extensionDays: number;
  readonly holdHours: number;
  readonly silence: 'approve' | 'dispute';
}

/** What a preset fixes: bodies and thresholds, and the clocks it proposes for the profile. */
export interface PolicyPreset {
  readonly bodies: { readonly [body in HumanBody]?: Threshold };
  readonly oracle: boolean;
  readonly need: number;
  readonly holdOracle: boolean;
  readonly clocks: ReviewClocks;
}

const majority: Threshold = { quorumBps: 5_001, approvalBps: 5_001 };
const all: Threshold = { quorumBps: 10_000, approvalBps: 10_000 };
const standard: Threshold = { quorumBps: 4_000, approvalBps: 6_000 };
const strict: Threshold = { quorumBps: 6_000, approvalBps: 6_000 };

/** The presets of the product; their clocks replace the defaults of the milestone's profile. */
export const POLICY_PRESETS = {
  simple: {
    bodies: { clients: majority },
    oracle: true,
    need: 1,
    holdOracle: false,
    clocks: { reviewDays: 10, extensionDays: 0, holdHours: 48, silence: 'approve' },
  },
  standard: {
    bodies: { clients: standard, panel: standard },
    oracle: false,
    need: 1,
    holdOracle: false,
    clocks: { reviewDays: 10, extensionDays: 2, holdHours: 72, silence: 'approve' },
  },
  strict: {
    bodies: { clients: strict, panel: strict, reviewers: strict },
    oracle: false,
    need: 2,
    holdOracle: false,
    clocks: { reviewDays: 10, extensionDays: 5, holdHours: 72, silence: 'dispute' },
  },
  automated: {
    bodies: { clients: majority },
    oracle: true,
    need: 1,
    holdOracle: true,
    clocks: { reviewDays: 5, extensionDays: 0, holdHours: 48, silence: 'dispute' },
  },
  'four-eyes': {
    bodies: { clients: all },
    oracle: false,
    need: 1,
    holdOracle: false,
    clocks: { reviewDays: 10, extensionDays: 0, holdHours: 0, silence: 'dispute' },
  },
} as const satisfies { readonly [name: string]: PolicyPreset };

export type PresetName = keyof typeof POLICY_PRESETS;

/** Input of {@link buildGatePolicy}. */
export interface PolicyPlan {
  readonly policies: readonly PolicyDraft[];
  readonly profiles: readonly ReviewClocks[];
  /** Per milestone its policy in `policies` and its profile in `profiles`. */
  readonly milestones: readonly { readonly policy: number; readonly profile: number }[];
  readonly seats: readonly GateSeat[];
  /** Index in `policies` of the policy the panel answers questions under in a dispute; null for none. */
  readonly panelPolicy: number | null;
}

/** The gate's policy, and where the panel's policy is in it (null: none). */
export interface BuiltGatePolicy {
  readonly gatePolicy: GatePolicy;
  readonly panelPolicy: number | null;
}

function withClocks(draft: PolicyDraft, clocks: ReviewClocks): GatePolicyTerms {
  return {
    ...draft,
    silence: clocks.silence,
    window: clocks.reviewDays * DAY,
    extension: clocks.extensionDays * DAY,
    challenge: clocks.holdHours * HOUR,
  };
}

/**
 * Joins drafts and profiles into the words that are signed. Pure; `encodeGatePolicy` checks the result.
 * @throws RangeError when a milestone names a policy or profile that is not there.
 */
export function buildGatePolicy(plan: PolicyPlan): BuiltGatePolicy {
  const words: GatePolicyTerms[] = [];
  const positions = new Map<string, number>();
  const wordFor = (policy: number, profile: number): number => {
    const draft = plan.policies[policy];
    const clocks = plan.profiles[profile];
    if (draft === undefined) throw new RangeError(`There is no policy ${policy}.`);
    if (clocks === undefined) throw new RangeError(`There is no profile ${profile}.`);
    const word = withClocks(draft, clocks);
    const key = JSON.stringify([policy, word.window, word.extension, word.challenge, word.silence]);
    const known = positions.get(key);
    if (known !== undefined) return known;
    positions.set(key, words.length);
    words.push(word);
    return words.length - 1;
  };
  const milestones = plan.milestones.map(({ policy, profile }) => wordFor(policy, profile));
  const panelPolicy = plan.panelPolicy === null ? null : panelWord(plan, plan.panelPolicy, milestones, wordFor);
  return { gatePolicy: { policies: words, milestones, seats: plan.seats }, panelPolicy };
}

/** A word of the panel's policy: one that a milestone uses already, else with the first milestone's clocks. */
function panelWord(
  plan: PolicyPlan,
  policy: number,
  milestones: readonly number[],
  wordFor: (policy: number, profile: number) => number,
): number {
  const used = plan.milestones.findIndex((milestone) => milestone.policy === policy);
  const known = used === -1 ? undefined : milestones[used];
  return known ?? wordFor(policy, plan.milestones[0]?.profile ?? 0);
}

const percent = (bps: number): string => {
  const whole = Math.floor(bps / 100);
  const rest = bps % 100;
  return rest === 0 ? `${whole} %` : `${whole}.${String(rest).padStart(2, '0').replace(/0$/, '')} %`;
};

const days = (seconds: number): string => {
  if (seconds % DAY === 0) return seconds === DAY ? '1 day' : `${seconds / DAY} days`;
  return seconds === HOUR ? '1 hour' : `${seconds / HOUR} hours`;
};

const BODY_WORDS: { readonly [body in HumanBody | 'oracle']: string } = {
  clients: 'the clients',
  panel: 'the panel',
  reviewers: 'the reviewers',
  oracle: 'the oracle',
};

/** One sentence per fact, for people: who decides, by when, what silence means, what is held. */
export function policySentence(policy: GatePolicyTerms): string {
  const named = bodiesOf(policy);
  const list = named.map((body) => {
    const rule = body === 'oracle' ? undefined : policy.bodies[body];
    if (rule === undefined) return `${BODY_WORDS[body]} (all agreed checks pass)`;
    return `${BODY_WORDS[body]} (${percent(rule.approvalBps)} for, ${percent(rule.quorumBps)} must vote)`;
  });
  const who =
    named.length === 1
      ? `Paid when ${list.join()} approve${named[0] === 'oracle' ? 's' : ''}.`
      : policy.need === named.length
        ? `Paid when ${list.join(' and ')} approve.`
        : `Paid when ${policy.need} of these approve${policy.need === 1 ? 's' : ''}: ${list.join(', ')}.`;
  const extension = policy.extension === 0 ? '' : `, and once ${days(policy.extension)} more if too few voted`;
  const silence =
    policy.silence === 'approve'
      ? 'If nobody objects by then, it is paid.'
      : 'If nothing is decided by then, it goes to dispute.';
  const hold = policy.holdOracle
    ? ` If only the oracle approves, payment waits ${days(policy.challenge)} for an objection.`
    : '';
  return `${who} The review lasts ${days(policy.window)}${extension}. ${silence}${hold}`;
}
