import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Wallet } from 'ethers';
import {
  buildGatePolicy,
  criteriaOf,
  encodeArbitrationPolicy,
  encodeGatePolicy,
  encodeTerms,
  policyHash,
  signedSeats,
  type GateSeat,
} from '@milepost/protocol';
import { readScenario, secondOf, type FileTerms } from '../format.js';
import { modelTerms } from '../model-player.js';
import { encodeProject } from './encode.js';
import { keyOf } from './world.js';

const files = fileURLToPath(new URL('../files/', import.meta.url));
const projects = readdirSync(files)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => Object.entries(readScenario(files + name).projects));

const of = (party: string): string => new Wallet(keyOf(`party ${party}`)).address;
const token = of('token');
const oracle = of('oracle');

/** The same terms through the codecs of the protocol. */
function byProtocol(terms: FileTerms, termsHash: string, criteriaHash: string) {
  const model = modelTerms(terms);
  const policies = model.policies.map((policy) => ({
    need: policy.need,
    holdOracle: policy.holdOracle,
    bodies: { ...policy.bodies, ...(policy.oracle ? { oracle: { oracle, criteriaHash } } : {}) },
  }));
  const paid = [terms.contributor, ...terms.payees.map((payee) => payee.party)];
  const seats: GateSeat[] = model.seats.map((seat) => ({
    id: of(seat.account),
    body: seat.body,
    weight: seat.weight,
    excluded: paid.includes(seat.account),
  }));
  const { panelPolicy, ...ladder } = model.arbitration;
  const built = buildGatePolicy({
    policies,
    profiles: model.profiles,
    milestones: model.milestones,
    seats,
    panelPolicy,
  });
  const gatePolicy = encodeGatePolicy(built.gatePolicy);
  const { arbitrator, fallbackArbitrator, ...rest } = ladder;
  const arbitrationPolicy = encodeArbitrationPolicy({
    ...rest,
    panelPolicy: built.panelPolicy,
    arbitrator: of(arbitrator),
    fallbackArbitrator: fallbackArbitrator === null ? null : of(fallbackArbitrator),
  });
  const args = encodeTerms({
    feeBps: terms.feeBps,
    warrantyDays: terms.warrantyDays,
    start: secondOf(terms.start),
    token,
    client: of(terms.client),
    contributor: of(terms.contributor),
    termsHash,
    policyHash: policyHash(gatePolicy, arbitrationPolicy),
    payees: terms.payees.map((payee) => ({ account: of(payee.party), weight: payee.weight })),
    funders: terms.funders.slice(1).map(of),
    profiles: model.profiles,
    milestones: model.milestones.map((milestone, m) => ({
      ...milestone,
      policy: built.gatePolicy.milestones[m] ?? 0,
    })),
    criteria: criteriaOf(built.gatePolicy.policies),
    seats: signedSeats(seats, of(terms.client)),
  });
  return { gatePolicy, arbitrationPolicy, args };
}

// The runner packs the bytes by itself, from the tables of the documentation: two encoders that must agree.
it.each(projects)('project %s has the same bytes from the runner and from the protocol', (name, terms) => {
  const signed = encodeProject(name, terms, { of, token, oracle });
  const { gatePolicy, arbitrationPolicy, args } = byProtocol(terms, signed.termsHash, signed.criteriaHash);
  expect(signed.gatePolicy).toBe(gatePolicy);
  expect(signed.arbitrationPolicy).toBe(arbitrationPolicy);
  expect(signed.args).toBe(args);
});
