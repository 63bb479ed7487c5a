import { canonicalHash, type Json } from '@milepost/protocol/canonical';
import { get } from '../api/client';
import type { Address, Approval, Hex, Milestone, PartyRole, Project, TermsDocument } from '../api/types';
import type { ReviewRequest } from '../intents/review';
import { exactAmount, formatAmount } from '../lib/money';
import { plural } from '../lib/time';
import { AddressChip, Countdown, DateTime, MoneyAmount } from '../ui/values';
import { outcomeWords, reasonWords } from './milestone';
import { saveReceipt } from './receipts';

/**
 * Every action of a project as the ReviewSheet takes it. Building blocks that need the chain
 * library are loaded when the sheet opens.
 */
const build = () => import('../chain/build');

const money = (project: Project, units: bigint | string) =>
  `${formatAmount(units, project.token.decimals)} ${project.token.symbol}`;
const intentPost = (kind: string, project: Project, milestone: number | null, payload: Json) => ({
  kind: 'post' as const,
  path: '/intents',
  body: { kind, project: project.id, ...(milestone === null ? {} : { milestone }), payload } as Json,
});

/** Both sides sign the same terms. Their hashes are recomputed before anything is signed. */
export function signTerms(project: Project, role: PartyRole): ReviewRequest {
  return {
    kind: 'terms',
    title: `Sign the terms as ${role}`,
    verb: `Sign as ${role}`,
    project: project.id,
    subject: { role, version: project.version },
    prepare: async () => {
      const terms = await get<TermsDocument>(`/projects/${project.id}/terms`);
      const { checkTerms } = await build();
      const problem = await checkTerms(terms, project);
      return {
        sentence: (
          <>
            You agree to “{project.title}”: {plural(project.milestones.length, 'milestone')},{' '}
            {money(project, project.total)} in total.
          </>
        ),
        typedData: terms.typedData,
        blocked: problem,
        facts: [['Escrow will have the address', <AddressChip key="e" address={terms.escrow} />]],
        next: 'When both sides have signed, the escrow can be opened. Signing moves no money.',
        silence: 'the signature lapses at the time above and nothing has changed.',
      };
    },
    deliver: (signature, prepared) => {
      const message = prepared.typedData?.message ?? {};
      return {
        kind: 'run',
        run: async () => {
          const { post } = await import('../api/client');
          const { queryClient } = await import('../app/providers');
          const { keys } = await import('../api/queries');
          const body = {
            role,
            deadline: Number(message['deadline']),
            nonce: String(message['nonce'] ?? '0'),
            signature,
          };
          await post(`/projects/${project.id}/signatures`, body, {
            idempotencyKey: canonicalHash(body as Json).slice(2, 50),
          });
          await queryClient.invalidateQueries({ queryKey: keys.project(project.id) });
        },
      };
    },
  };
}

/** Creates the project's contract at its predicted address. */
export function createEscrow(project: Project): ReviewRequest {
  return {
    kind: 'create',
    title: 'Open the escrow',
    verb: 'Open the escrow',
    project: project.id,
    subject: { version: project.version },
    prepare: () =>
      Promise.resolve({
        sentence: 'The signed terms go on chain and the project gets a contract of its own.',
        typedData: null,
        next: 'The client can fund the first milestone.',
        silence: 'the signatures lapse and the project stays a draft.',
      }),
    deliver: () => ({ kind: 'post', path: `/projects/${project.id}/creation`, body: {} }),
  };
}

/** Pays into the escrow: by one relayed signature, or with two transactions of one's own. */
export function fundProject(project: Project, amount: bigint, from: Address, own: boolean): ReviewRequest {
  const label = money(project, amount);
  return {
    kind: 'fund',
    title: `Fund ${label}`,
    verb: own ? `Send ${label} myself` : `Sign and fund ${label}`,
    project: project.id,
    fee: own ? 'own' : 'sponsored',
    // Two payments of the same amount are two actions: the ledger tells them apart.
    subject: { amount: amount.toString(), booked: project.ledger?.funded ?? '0', own },
    prepare: async () => {
      const { prepareFunding } = await build();
      const prepared = await prepareFunding(project, amount, from, own);
      return {
        ...prepared,
        sentence: (
          <>
            You pay <MoneyAmount units={amount} token={project.token} strong /> into the escrow of “{project.title}”.
          </>
        ),
        facts: [['Your balance', <MoneyAmount key="b" units={prepared.balance} token={project.token} />]],
        blocked:
          prepared.balance < amount
            ? `Your balance is ${money(project, prepared.balance)}, which is less than ${label}.`
            : null,
        next: 'The money covers the milestones in their order. Work on a covered milestone can start.',
        silence: 'money that covers no milestone can be taken back by you at any time.',
      };
    },
    deliver: async (signature, prepared) => {
      const { fundingPayload } = await build();
      return intentPost('fund', project, null, fundingPayload(prepared, signature));
    },
  };
}

/** Puts the fingerprint of a submission on chain and starts its review. */
export function submitWork(
  project: Project,
  milestone: Milestone,
  digest: Hex,
  files: number,
  onDone: () => void,
): ReviewRequest {
  return {
    kind: 'submit',
    title: `Deliver “${milestone.title}”`,
    verb: 'Sign and deliver',
    project: project.id,
    milestone: milestone.index,
    subject: { digest, round: milestone.round + 1 },
    onDone,
    prepare: async () => {
      const { prepareSubmit } = await build();
      return {
        ...(await prepareSubmit(project, milestone.index, digest)),
        sentence: (
          <>
            You deliver {plural(files, 'file')} for milestone {milestone.index + 1}, worth{' '}
            {money(project, milestone.amount)}.
          </>
        ),
        next: `The review starts. ${milestone.policy.sentence}`,
        silence:
          'the agreed outcome of silence applies when the review time is over; the milestone’s page shows the date.',
      };
    },
    deliver: async (signature, prepared) => {
      const { authOf } = await build();
      return intentPost('submit', project, milestone.index, { digest, auth: authOf(prepared, signature) });
    },
  };
}

export interface ReasonDocument {
  code: string;
  failedCriteria: string[];
  whatWouldPass: string;
}

/** A vote on one submission. It counts for exactly this round and these files, and cannot be changed. */
export function castBallot(
  project: Project,
  milestone: Milestone,
  approval: Approval,
  seat: { index: number; account: Address },
  reason: ReasonDocument | null,
  own: boolean,
): ReviewRequest {
  const approve = reason === null;
  return {
    kind: 'ballot',
    title: approve ? `Approve “${milestone.title}”` : `Request changes to “${milestone.title}”`,
    verb: `${own ? 'Send' : 'Sign'} ${approve ? 'approval' : 'objection'}${own ? ' myself' : ''}`,
    project: project.id,
    milestone: milestone.index,
    fee: own ? 'own' : 'sponsored',
    subject: { digest: approval.digest, round: approval.round, question: approval.question, seat: seat.index },
    prepare: async () => {
      const { prepareBallot } = await build();
      return {
        ...(await prepareBallot(project, milestone.index, approval, seat, reason, own)),
        sentence: approve ? (
          <>
            You approve round {approval.round} of “{milestone.title}”. If your vote decides,{' '}
            {money(project, milestone.amount)} are paid at once.
          </>
        ) : (
          <>
            You ask for changes: {reasonWords(reason.code).toLowerCase()}. What would pass: “{reason.whatWouldPass}”
          </>
        ),
        warning: 'A vote is final: it cannot be changed or withdrawn.',
        next: approve
          ? approval.sentence
          : 'Your objection goes on chain within minutes. If the work is rejected, the contributor may deliver again or dispute it.',
        ...(approval.deadline
          ? {
              silence: (
                <>
                  votes count until <DateTime at={approval.deadline} mode="absolute" />.
                </>
              ),
            }
          : {}),
      };
    },
    deliver: async (signature, prepared) => {
      const { ballotPayload } = await build();
      const body = ballotPayload(prepared, project, milestone.index, approval, seat, reason, signature);
      return {
        kind: 'run',
        run: async () => {
          const { post } = await import('../api/client');
          const { queryClient } = await import('../app/providers');
          const { keys } = await import('../api/queries');
          const { receipt } = await post<{ receipt: unknown }>('/ballots', body, {
            idempotencyKey: canonicalHash(body).slice(2, 50),
          });
          saveReceipt({
            project: project.id,
            milestone: milestone.index,
            round: approval.round,
            account: seat.account,
            ballot: body,
            receipt,
          });
          await queryClient.invalidateQueries({ queryKey: keys.project(project.id) });
        },
      };
    },
  };
}

/** Calls that anyone may make once a clock has run out. */
export function closeDue(
  project: Project,
  milestone: Milestone,
  kind: 'finalize' | 'lapse',
  approval: Approval | null,
): ReviewRequest {
  const pays = kind === 'finalize' || milestone.exit?.outcome === 'Released';
  return {
    kind,
    title: pays ? `Close the review of “${milestone.title}”` : `Close “${milestone.title}”`,
    verb: pays ? 'Finalize now' : 'Close now',
    project: project.id,
    milestone: milestone.index,
    subject: { round: milestone.round, status: milestone.status },
    prepare: () =>
      Promise.resolve({
        sentence: `The time is over; anyone may carry out what was agreed${milestone.exit ? `: ${outcomeWords(milestone.exit)}` : ''}.`,
        typedData: null,
        next: 'The contract applies the agreed rule. The outcome shows on this page.',
        silence: 'anyone else, or our keeper, can do the same at any time.',
      }),
    deliver: () =>
      intentPost(
        kind,
        project,
        milestone.index,
        approval
          ? { round: approval.round, question: approval.question, payBps: approval.payBps, digest: approval.digest }
          : {},
      ),
  };
}

/** Sends refundable money back to those who paid it in. */
export function refundProject(project: Project): ReviewRequest {
  return {
    kind: 'refund',
    title: `Refund ${money(project, project.ledger?.refundable ?? '0')}`,
    verb: `Refund ${money(project, project.ledger?.refundable ?? '0')}`,
    project: project.id,
    subject: { refundable: project.ledger?.refundable ?? '0', refunded: project.ledger?.refunded ?? '0' },
    prepare: () =>
      Promise.resolve({
        sentence: `${exactAmount(project.ledger?.refundable ?? '0', project.token.decimals)} ${project.token.symbol} go back to the funders, in proportion to what each paid in.`,
        typedData: null,
        next: 'The money arrives in the same transaction.',
      }),
    deliver: () => intentPost('refund', project, null, {}),
  };
}

/** Sends an amount that the token once refused to the person's own account. */
export function claimCredit(project: Project, account: Address, amount: bigint): ReviewRequest {
  const label = money(project, amount);
  return {
    kind: 'claim',
    title: `Claim ${label}`,
    verb: `Sign and claim ${label}`,
    project: project.id,
    subject: { account, amount: amount.toString() },
    prepare: async () => {
      const { prepareClaim } = await build();
      return {
        ...(await prepareClaim(project, account, account)),
        sentence: `${label} of “${project.title}” are credited to you and are sent to your account.`,
        next: 'The money arrives in the same transaction. If the token refuses again, the credit stays.',
        silence: 'the credit waits for you without an end.',
      };
    },
    deliver: async (signature, prepared) => {
      const { authOf } = await build();
      return intentPost('claim', project, null, { account, to: account, auth: authOf(prepared, signature) });
    },
  };
}

/** Contests a rejection. Arbitration decides; the rejection stands if nobody takes it further. */
export function disputeRejection(project: Project, milestone: Milestone, reason: string): ReviewRequest {
  const reasonHash = canonicalHash({ schema: 'milepost/dispute-reason@1', text: reason });
  return {
    kind: 'dispute',
    title: `Dispute the rejection of “${milestone.title}”`,
    verb: 'Sign and dispute',
    project: project.id,
    milestone: milestone.index,
    subject: { round: milestone.round },
    prepare: async () => {
      const { prepareDispute } = await build();
      return {
        ...(await prepareDispute(project, milestone.index, reasonHash)),
        sentence: `You contest the rejection of round ${milestone.round}. Your reason: “${reason}”`,
        next: 'The agreed ladder starts: negotiation, panel, then a ruling for which a deposit is paid.',
        silence: 'the rejection stands and the money goes back to the client.',
        ...(milestone.exit
          ? { facts: [['Time to dispute', <Countdown key="c" until={milestone.exit.at} />]] as const }
          : {}),
      };
    },
    deliver: async (signature, prepared) => {
      const { authOf } = await build();
      return intentPost('dispute', project, milestone.index, { reasonHash, reason, auth: authOf(prepared, signature) });
    },
  };
}
