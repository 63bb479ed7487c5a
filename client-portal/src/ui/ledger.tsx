import type { StatusWord } from '@milepost/protocol/status';
import { Check as CheckIcon, CircleHelp, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatBps } from '../lib/money';
import { StatusBadge } from './status-badge';
import { DateTime } from './values';

/** One step of the rail. */
export interface RailStep {
  key: string;
  title: ReactNode;
  status: StatusWord;
  amount: ReactNode;
  note?: ReactNode;
}

const DOT: Record<StatusWord['tone'], string> = {
  neutral: 'border-border-strong bg-surface',
  info: 'border-accent bg-info-soft',
  ok: 'border-ok bg-ok',
  warn: 'border-warn bg-warn-soft',
  bad: 'border-bad bg-bad-soft',
};

/** Milestones in order, one line each, joined by a rail. */
export function MilestoneRail({ steps }: { steps: readonly RailStep[] }) {
  return (
    <ol aria-label="Milestones" className="grid">
      {steps.map((step, index) => (
        <li key={step.key} className="relative flex gap-4 pb-5 last:pb-0">
          {index < steps.length - 1 && (
            <span aria-hidden className="absolute start-[9px] top-6 bottom-0 w-px bg-hairline" />
          )}
          <span aria-hidden className={`mt-0.5 size-5 shrink-0 rounded-full border-2 ${DOT[step.status.tone]}`} />
          <div className="grid min-w-0 flex-1 gap-x-6 gap-y-1 sm:grid-cols-[minmax(0,1fr)_auto]">
            <div className="min-w-0">
              <div className="font-medium">{step.title}</div>
              {step.note && <div className="mt-0.5 text-sm text-muted">{step.note}</div>}
            </div>
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1 sm:flex-col sm:items-end">
              {step.amount}
              <StatusBadge status={step.status} />
            </div>
          </div>
        </li>
      ))}
    </ol>
  );
}

export interface CoveragePart {
  key: string;
  label: string;
  amount: bigint;
  covered: bigint;
  tone: 'done' | 'funded' | 'open';
}

/** How far the money covers the milestones, in their order. Widths are figures in words as well. */
export function CoverageBar({
  parts,
  format,
}: {
  parts: readonly CoveragePart[];
  format: (units: bigint) => ReactNode;
}) {
  const total = parts.reduce((sum, part) => sum + part.amount, 0n);
  const covered = parts.reduce((sum, part) => sum + part.covered, 0n);
  const percent = (units: bigint, of: bigint) => (of === 0n ? 0 : Number((units * 1000n) / of) / 10);
  return (
    <div>
      <div
        role="img"
        aria-label={`${percent(covered, total)}% of the total is covered`}
        className="flex h-3 gap-0.5 overflow-hidden rounded-sm"
      >
        {parts.map((part) => (
          <div
            key={part.key}
            className="relative bg-raised"
            style={{ flexGrow: Math.max(1, percent(part.amount, total)) }}
          >
            <div
              className={`absolute inset-y-0 start-0 ${part.tone === 'done' ? 'bg-ok' : 'bg-accent'}`}
              style={{ width: `${percent(part.covered, part.amount)}%` }}
            />
          </div>
        ))}
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
        {parts.map((part) => (
          <li key={part.key}>
            <span className="text-text">{part.label}</span>{' '}
            {part.tone === 'done' ? (
              'decided'
            ) : part.covered >= part.amount ? (
              'covered'
            ) : (
              <>needs {format(part.amount - part.covered)}</>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

export interface TallyProps {
  label: string;
  yes: number;
  no: number;
  total: number;
  quorumBps: number;
  approvalBps: number;
  state: string;
}

const STATE_WORDS: Record<string, string> = {
  open: 'Still open',
  approved: 'Approved',
  rejected: 'Not approved',
  silent: 'Below quorum',
  unneeded: 'Was not needed',
};

/** Votes of one body: yes, no and open weight, and what is needed. */
export function Tally({ label, yes, no, total, quorumBps, approvalBps, state }: TallyProps) {
  const share = (weight: number) => (total === 0 ? '0%' : `${(weight * 100) / total}%`);
  const needYes = Math.ceil((approvalBps * total) / 10_000);
  const needCast = Math.ceil((quorumBps * total) / 10_000);
  const open = Math.max(0, total - yes - no);
  return (
    <div>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-medium">{label}</h3>
        <span className="text-sm text-muted" aria-live="polite">
          {STATE_WORDS[state] ?? state}
        </span>
      </div>
      <div
        className="relative mt-2 h-2.5 overflow-hidden rounded-sm bg-raised"
        role="img"
        aria-label={`${yes} approve, ${no} against, ${open} open, of ${total}`}
      >
        <div className="absolute inset-y-0 start-0 bg-ok" style={{ width: share(yes) }} />
        <div className="absolute inset-y-0 end-0 bg-bad" style={{ width: share(no) }} />
        {/* The mark stands where approvals alone decide. */}
        <div aria-hidden className="absolute inset-y-0 w-0.5 bg-text" style={{ insetInlineStart: share(needYes) }} />
      </div>
      <p className="num mt-1.5 text-sm text-muted">
        <span className="font-medium text-ok">{yes} approve</span> ·{' '}
        <span className="font-medium text-bad">{no} against</span> · {open} open of {total}. Approved with {needYes} (
        {formatBps(approvalBps)}); at the deadline at least {needCast} must have voted.
      </p>
    </div>
  );
}

export interface SilenceRow {
  state: ReactNode;
  who: ReactNode;
  until: ReactNode;
  then: ReactNode;
}

/** For each state that can wait: who may act, until when, and what follows if nobody does. */
export function SilenceTable({ rows, caption }: { rows: readonly SilenceRow[]; caption: string }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="w-full text-start max-sm:block">
        <caption className="sr-only">{caption}</caption>
        <thead className="max-sm:sr-only">
          <tr className="border-b border-hairline text-sm text-muted">
            {['While', 'Who may act', 'Until', 'If nobody does'].map((head) => (
              <th key={head} scope="col" className="py-2 pe-4 text-start font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {rows.map((row, index) => (
            <tr
              key={index}
              className="border-b border-hairline align-top last:border-0 max-sm:grid max-sm:gap-0.5 max-sm:py-3"
            >
              <th scope="row" className="py-2 pe-4 text-start font-medium max-sm:py-0">
                {row.state}
              </th>
              <td className="py-2 pe-4 max-sm:py-0">{row.who}</td>
              <td className="py-2 pe-4 text-muted max-sm:py-0">{row.until}</td>
              <td className="py-2 max-sm:py-0">
                <span className="text-muted sm:hidden">Otherwise: </span>
                {row.then}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A clock of a state: what ends when. */
export function ClockLine({ label, at, children }: { label: ReactNode; at: string | Date; children?: ReactNode }) {
  return (
    <p>
      {label} <DateTime at={at} /> (<DateTime at={at} mode="absolute" />){children}
    </p>
  );
}

export interface Check {
  key: string;
  label: ReactNode;
  state: 'ok' | 'bad' | 'unknown' | 'running';
  detail?: ReactNode;
}

const CHECK_WORD = { ok: 'Checked', bad: 'Failed', unknown: 'Not checkable', running: 'Checking' } as const;

/** Results of checks, each with a word. */
export function CheckList({ checks, label }: { checks: readonly Check[]; label: string }) {
  return (
    <ul aria-label={label} className="divide-y divide-hairline">
      {checks.map((check) => (
        <li key={check.key} className="flex gap-3 py-2 first:pt-0 last:pb-0">
          {check.state === 'ok' ? (
            <CheckIcon aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
          ) : check.state === 'bad' ? (
            <X aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          ) : (
            <CircleHelp aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
          )}
          <div className="min-w-0">
            <p>
              <span className="sr-only">{CHECK_WORD[check.state]}: </span>
              {check.label}
            </p>
            {check.detail && (
              <p className={`text-sm ${check.state === 'bad' ? 'text-bad' : 'text-muted'}`}>{check.detail}</p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
