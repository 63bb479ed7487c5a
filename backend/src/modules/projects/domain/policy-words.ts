import { bodiesOf, type GatePolicyTerms } from '@milepost/protocol/gate-policy';
import { policySentence } from '@milepost/protocol/policy-draft';
import type { PolicyDraft, Silence } from './terms-draft.js';

/** A decision rule for people. */
export interface PolicyWords {
  readonly sentence: string;
  readonly bodies: string[];
  readonly need: number;
  readonly silence: Silence;
}

/** Says a drafted rule in words. */
export function policyWords(policy: PolicyDraft): PolicyWords {
  const { clients, panel, reviewers, oracle } = policy.bodies;
  const terms: GatePolicyTerms = {
    bodies: {
      ...(clients === undefined ? {} : { clients }),
      ...(panel === undefined ? {} : { panel }),
      ...(reviewers === undefined ? {} : { reviewers }),
      ...(oracle === undefined ? {} : { oracle: { oracle: '', criteriaHash: oracle.criteriaHash } }),
    },
    need: policy.need,
    holdOracle: policy.holdOracle,
    silence: policy.silence,
    window: policy.windowSeconds,
    extension: policy.extensionSeconds,
    challenge: policy.challengeSeconds,
  };
  return { sentence: policySentence(terms), bodies: bodiesOf(terms), need: policy.need, silence: policy.silence };
}
