/** The scenario format `milepost-scenario/1`: one story with exact results. Its README is the specification. */
import { readFileSync } from 'node:fs';

export interface Party {
  readonly role: string;
  readonly wallet: string;
  readonly kind?: string;
  readonly parent?: string;
  readonly zone?: string;
}

export interface FileProfile {
  readonly reviewDays: number;
  readonly extensionDays: number;
  readonly holdHours: number;
  readonly reworkDays: number;
  readonly graceDays: number;
  readonly lateDays: number;
  readonly arbitrationDays: number;
  readonly silence: 'approve' | 'dispute';
  readonly maxRounds: number;
  readonly killBps: number;
  readonly holdbackBps: number;
  readonly lateDailyBps: number;
  readonly lateCapBps: number;
  readonly deadlockBps: number;
}

export type FileBody = 'clients' | 'panel' | 'reviewers';

export interface FilePolicy {
  readonly bodies: {
    readonly [body in FileBody | 'oracle']?: { readonly quorumBps?: number; readonly approvalBps?: number };
  };
  readonly need: number;
  readonly flags?: readonly string[];
}

export interface FileArbitration {
  readonly arbitrator: string;
  readonly fallbackArbitrator: string | null;
  readonly fee: string;
  readonly bond: string;
  readonly settleFeeBps: number;
  readonly panelPolicy: string | null;
  readonly windows: {
    readonly negotiate: number;
    readonly panel: number;
    readonly panelExtension: number;
    readonly appeal: number;
    readonly deposit: number;
    readonly ruling: number;
    readonly fallback: number;
  };
}

export interface FileMilestone {
  readonly id: string;
  readonly title?: string;
  readonly amount: string;
  readonly due: number;
  readonly fundBy: number;
  readonly profile: string;
  readonly policy: string;
  readonly criteria?: readonly string[];
}

export interface FileTerms {
  readonly client: string;
  readonly contributor: string;
  readonly funders: readonly string[];
  readonly treasury: string;
  readonly start: string;
  readonly feeBps: number;
  readonly warrantyDays: number;
  readonly profiles: { readonly [name: string]: FileProfile };
  readonly payees: readonly { readonly party: string; readonly weight: number }[];
  readonly seats: readonly { readonly party: string; readonly body: FileBody; readonly weight: number }[];
  readonly policies: { readonly [name: string]: FilePolicy };
  readonly arbitration: FileArbitration;
  readonly milestones: readonly FileMilestone[];
}

export interface FileLedger {
  readonly pool: string;
  readonly milestones: { readonly [id: string]: string };
  readonly cover: string;
  readonly holdback: string;
  readonly refundable: string;
  readonly credits: string;
  readonly total: string;
}

export interface FileState {
  readonly wallet: { readonly [party: string]: string };
  readonly credit: { readonly [party: string]: string };
  readonly escrow: { readonly [project: string]: FileLedger };
  readonly arbitration: string;
  readonly milestone: { readonly [project: string]: { readonly [id: string]: string } };
}

/** What a step says about the ballot it touched. */
export interface FileBallot {
  readonly body: FileBody;
  readonly yes: number;
  readonly no: number;
  readonly eligible: number;
  readonly result: string;
  readonly question?: number;
}

export type FileParts = { readonly [subject: string]: { readonly [letter: string]: unknown } };

export interface FileExpect {
  readonly revert?: string;
  readonly gate?: string;
  readonly ballot?: FileBallot;
  readonly parts?: FileParts;
  readonly refund?: { readonly [party: string]: string };
  readonly costs?: { readonly [party: string]: string };
  readonly bond?: { readonly [party: string]: string };
  readonly [other: string]: unknown;
}

export interface FileStep {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly project?: string;
  readonly params?: { readonly [name: string]: unknown };
  readonly note?: string;
  readonly expect?: FileExpect;
  readonly state?: FileState;
}

export interface FileBranch {
  readonly id: string;
  readonly title: string;
  readonly after: string;
  readonly steps: readonly FileStep[];
}

export interface FileIndicator {
  readonly at: string;
  readonly project?: string;
  readonly bac: string;
  readonly pv: string;
  readonly ev: string;
  readonly spiBps: number;
}

export interface Scenario {
  readonly format: string;
  readonly id: string;
  readonly title: string;
  readonly covers?: readonly string[];
  readonly token: { readonly symbol: string; readonly decimals: number };
  readonly parties: { readonly [name: string]: Party };
  readonly projects: { readonly [name: string]: FileTerms };
  readonly steps: readonly FileStep[];
  readonly branches?: readonly FileBranch[];
  readonly indicators?: readonly FileIndicator[];
  readonly vectors?: { readonly [name: string]: unknown };
}

/** A file that cannot be played at all. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** UTC second of a step. */
export function secondOf(at: string): number {
  const time = Date.parse(at);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(at) || Number.isNaN(time)) {
    throw new ScenarioError(`"${at}" is no UTC second such as 2026-11-02T09:00:00Z.`);
  }
  return time / 1000;
}

function checkSteps(steps: readonly FileStep[], after: number): void {
  let last = after;
  for (const step of steps) {
    const now = secondOf(step.at);
    if (now <= last) throw new ScenarioError(`Step ${step.id} is not later than the step before it.`);
    last = now;
  }
}

/** Reads and checks a scenario file. */
export function readScenario(path: string): Scenario {
  let scenario: Scenario;
  try {
    scenario = JSON.parse(readFileSync(path, 'utf8')) as Scenario;
  } catch (error) {
    throw new ScenarioError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (scenario.format !== 'milepost-scenario/1') {
    throw new ScenarioError(`${path} has the format "${scenario.format}"; this runner plays "milepost-scenario/1".`);
  }
  for (const key of ['parties', 'projects', 'steps', 'token'] as const) {
    if (scenario[key] === undefined) throw new ScenarioError(`${path} has no "${key}".`);
  }
  checkSteps(scenario.steps, 0);
  for (const branch of scenario.branches ?? []) {
    const start = scenario.steps.find((step) => step.id === branch.after);
    if (start === undefined)
      throw new ScenarioError(`Branch ${branch.id} starts after ${branch.after}, which is no step.`);
    checkSteps(branch.steps, secondOf(start.at));
  }
  return scenario;
}

/** Terms of a step's project, with the step's override. */
export function termsOf(scenario: Scenario, step: FileStep): FileTerms {
  const terms = scenario.projects[step.project ?? ''];
  if (terms === undefined)
    throw new ScenarioError(`Step ${step.id} names the project "${step.project ?? ''}", which is not listed.`);
  const override = step.params?.['override'];
  return override === undefined ? terms : { ...terms, ...(override as Partial<FileTerms>) };
}

/** A submission, or the warranty claim, that a step is about. */
export interface Subject {
  readonly project: string;
  readonly milestone: string;
  /** Absent: the newest. */
  readonly round?: number;
  readonly digest?: string;
}

/** What a step's parameters name. */
export function subjectOf(step: FileStep): Subject {
  const params = step.params ?? {};
  return {
    project: step.project ?? '',
    milestone: String(params['milestone']),
    ...(typeof params['round'] === 'number' ? { round: params['round'] } : {}),
    ...(typeof params['digest'] === 'string' ? { digest: params['digest'] } : {}),
  };
}

/** Readers of `params`, which fail with the step's id. */
export class Params {
  constructor(private readonly step: FileStep) {}

  has(name: string): boolean {
    return this.step.params?.[name] !== undefined;
  }

  text(name: string): string {
    const value = this.step.params?.[name];
    if (typeof value !== 'string') throw new ScenarioError(`Step ${this.step.id} needs the text "${name}".`);
    return value;
  }

  whole(name: string): number {
    const value = this.step.params?.[name];
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw new ScenarioError(`Step ${this.step.id} needs the whole number "${name}".`);
    }
    return value;
  }

  flag(name: string): boolean {
    return this.step.params?.[name] === true;
  }

  amount(name: string): bigint {
    return BigInt(this.text(name));
  }

  /** Names each signer's document. */
  signatures(): { readonly [party: string]: string } {
    return (this.step.params?.['signatures'] ?? {}) as { readonly [party: string]: string };
  }
}

/** Both parties signed one and the same document. */
export function jointlySigned(terms: FileTerms, signatures: { readonly [party: string]: string }): boolean {
  const client = signatures[terms.client];
  return client !== undefined && client === signatures[terms.contributor];
}
