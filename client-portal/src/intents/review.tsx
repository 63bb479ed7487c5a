import type { Json } from '@milepost/protocol/canonical';
import { useQuery } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';
import { ApiError } from '../api/client';
import { configQuery, sessionQuery } from '../api/queries';
import type { Address, Hex, TypedData } from '../api/types';
import { Button, TxButton } from '../ui/button';
import { Facts, Note } from '../ui/card';
import { Dialog, Fold } from '../ui/dialog';
import { ErrorPanel, Skeleton } from '../ui/feedback';
import { AddressChip, CopyButton, DateTime, HashChip, MoneyAmount } from '../ui/values';
import { describe, rawJson, type Row } from './describe';
import { deliver } from './follow';
import { actionId, ended, requestKey, type Action } from './model';
import { addAction, findAction, updateAction } from './store';

/** One call that the person's own account sends. */
export interface OwnCall {
  to: Address;
  data: Hex;
  label: string;
}

/** What the sheet shows and the signer signs. Built when the sheet opens, from the newest state. */
export interface Prepared {
  /** One sentence: what is agreed by signing. */
  sentence: ReactNode;
  /** The object that is hashed and signed; null when no signature is needed. */
  typedData: TypedData | null;
  /** Calls to send from one's own account instead of a relayed signature. */
  calls?: readonly OwnCall[];
  /** Further facts to know before signing. */
  facts?: readonly (readonly [ReactNode, ReactNode])[];
  /** What happens next. */
  next: ReactNode;
  /** What happens if nobody acts. */
  silence?: ReactNode;
  /** A finding that forbids to go on. */
  blocked?: string | null;
  warning?: ReactNode;
}

/** How a signed action reaches the chain: handed to the API (followed to its end) or settled at once. */
export type Delivery = { kind: 'post'; path: string; body: Json } | { kind: 'run'; run: () => Promise<void> };

export interface ReviewRequest {
  kind: string;
  /** "Fund 12,000 USDX": title of the sheet and name in the activity list. */
  title: string;
  /** "Sign and fund 12,000 USDX": the button. */
  verb: string;
  project: string | null;
  milestone?: number | null;
  /** What tells this action from another of its kind; the same action runs once. */
  subject: Json;
  fee?: 'sponsored' | 'own';
  prepare: () => Promise<Prepared>;
  deliver: (signature: Hex | null, prepared: Prepared) => Promise<Delivery> | Delivery;
  onDone?: () => void;
}

interface Open {
  request: ReviewRequest;
  prepared: Prepared | null;
  error: unknown;
  phase: 'preparing' | 'ready' | 'asked' | 'sending';
}

const Context = createContext<(request: ReviewRequest) => void>(() => undefined);
/** Opens the ReviewSheet for an action. */
export const useReview = (): ((request: ReviewRequest) => void) => useContext(Context);

function Value({ row, token }: { row: Row; token: { decimals: number; symbol: string } }) {
  switch (row.kind) {
    case 'address':
      return <AddressChip address={row.value} />;
    case 'hash':
      return <HashChip value={row.value} />;
    case 'amount':
      return <MoneyAmount units={row.value} token={token} strong />;
    case 'time':
      return <DateTime at={new Date(Number(row.value) * 1000)} mode="absolute" />;
    case 'text':
      return <>{row.value}</>;
  }
}

function Sheet({ open, onClose, onConfirm }: { open: Open; onClose: () => void; onConfirm: () => void }) {
  const config = useQuery(configQuery);
  const { request, prepared, error, phase } = open;
  const token = config.data?.token ?? { decimals: 0, symbol: '' };
  const busy = phase === 'asked' || phase === 'sending';
  const expert = prepared?.typedData ?? prepared?.calls;
  return (
    <Dialog
      open
      shape="sheet"
      onClose={onClose}
      title={request.title}
      description="Review before you sign: this is exactly what is signed."
      footer={
        <>
          <Button onClick={onClose}>{busy ? 'Close' : 'Not now'}</Button>
          <TxButton
            busy={busy}
            busyLabel={phase === 'asked' ? 'Waiting for your signature…' : 'Sending…'}
            disabled={!prepared || Boolean(prepared.blocked)}
            onClick={onConfirm}
          >
            {request.verb}
          </TxButton>
        </>
      }
    >
      <div className="grid gap-4">
        {error != null && <ErrorPanel error={error} what="This could not be prepared. Nothing was sent." />}
        {!prepared && error == null && (
          <div role="status" aria-label="Preparing" className="grid gap-3">
            <Skeleton className="h-12" />
            <Skeleton className="h-40" />
            <Skeleton className="h-16" />
          </div>
        )}
        {prepared && (
          <>
            <p className="text-lg">{prepared.sentence}</p>
            {prepared.blocked && (
              <Note tone="bad" title="This cannot be done now">
                {prepared.blocked} Nothing was changed.
              </Note>
            )}
            {prepared.warning && <Note tone="warn">{prepared.warning}</Note>}
            {prepared.facts && prepared.facts.length > 0 && <Facts rows={prepared.facts} />}
            {prepared.typedData && (
              <section aria-label="What is signed">
                <h3 className="mb-2 font-semibold">What is signed</h3>
                <Facts
                  rows={describe(prepared.typedData).map((row) => [
                    row.label,
                    <Value key={row.field} row={row} token={token} />,
                  ])}
                />
              </section>
            )}
            {prepared.calls && (
              <section aria-label="What is sent">
                <h3 className="mb-2 font-semibold">What is sent from your account</h3>
                <Facts
                  rows={prepared.calls.map((call) => [call.label, <AddressChip key={call.label} address={call.to} />])}
                />
              </section>
            )}
            <section>
              <h3 className="mb-1 font-semibold">What happens next</h3>
              <p>{prepared.next}</p>
              {prepared.silence && <p className="mt-1 text-muted">If nobody acts: {prepared.silence}</p>}
              <p className="mt-1 text-muted">
                {request.fee === 'own'
                  ? 'You pay the network fee from your own account.'
                  : 'The network fee is paid for you.'}
              </p>
            </section>
            {expert && (
              <Fold summary="For experts: raw data">
                <div className="flex items-start gap-2">
                  <pre
                    className="hash max-h-64 min-w-0 flex-1 overflow-auto whitespace-pre-wrap"
                    tabIndex={0}
                    aria-label="Raw data"
                  >
                    {rawJson(expert)}
                  </pre>
                  <CopyButton text={rawJson(expert)} label="Copy raw data" />
                </div>
              </Fold>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}

const message = (error: unknown): string => (error instanceof Error ? error.message : 'Something went wrong.');

/** Holds the one open sheet; asks the signer, hands over, and leaves the rest to the activity list. */
export function ReviewProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<Open | null>(null);
  const [line, setLine] = useState('');
  const session = useQuery(sessionQuery);
  const config = useQuery(configQuery);
  const running = useRef(new Set<string>());
  const serial = useRef(0);

  const review = useCallback((request: ReviewRequest) => {
    const mine = ++serial.current;
    setLine('');
    setOpen({ request, prepared: null, error: null, phase: 'preparing' });
    const settle = (news: Partial<Open>) =>
      setOpen((current) => (current && serial.current === mine ? { ...current, ...news } : current));
    request.prepare().then(
      (prepared) => settle({ prepared, phase: 'ready' }),
      (error: unknown) => settle({ error, phase: 'ready' }),
    );
  }, []);

  const confirm = useCallback(async () => {
    const person = session.data;
    if (!open?.prepared || !person || !config.data) return;
    const { request, prepared } = open;
    const id = actionId({
      chainId: config.data.chainId,
      actor: person.address,
      kind: request.kind,
      project: request.project,
      milestone: request.milestone ?? null,
      subject: request.subject,
    });
    const existing = findAction(id);
    if (running.current.has(id) || (existing && !ended(existing))) {
      setLine(`${request.title}: this is already under way. It was not sent again.`);
      setOpen(null);
      return;
    }
    running.current.add(id);
    const now = Date.now();
    const action: Action = {
      id,
      kind: request.kind,
      label: request.title,
      actor: person.address,
      project: request.project,
      milestone: request.milestone ?? null,
      state: 'asked',
      intent: null,
      outgoing: null,
      txHash: null,
      error: null,
      createdAt: now,
      updatedAt: now,
    };
    const mine = serial.current;
    const settle = (news: Partial<Open>) =>
      setOpen((current) => (current && serial.current === mine ? { ...current, ...news } : current));
    const close = () => setOpen((current) => (current && serial.current === mine ? null : current));
    const work = async () => {
      if (!addAction(action)) throw new Error('This is already under way. It was not sent again.');
      settle({ phase: 'asked', error: null });
      if (prepared.calls && prepared.calls.length > 0) {
        const { sendCalls } = await import('../chain/send');
        await sendCalls(person.address, prepared.calls, (txHash) => updateAction(id, { state: 'sent', txHash }));
        close();
        return;
      }
      let signature: Hex | null = null;
      if (prepared.typedData) {
        const { walletFor } = await import('../chain/wallet');
        signature = await (await walletFor(person.address)).signTyped(prepared.typedData);
      }
      settle({ phase: 'sending' });
      const delivery = await request.deliver(signature, prepared);
      if (delivery.kind === 'run') {
        updateAction(id, { state: 'signed' });
        await delivery.run();
        updateAction(id, { state: 'done' });
      } else {
        const outgoing = { path: delivery.path, body: delivery.body, key: requestKey(id, now, delivery.body) };
        updateAction(id, { state: 'signed', outgoing });
        await deliver({ ...action, state: 'signed', outgoing });
      }
      request.onDone?.();
      close();
    };
    try {
      if ('locks' in navigator)
        await navigator.locks.request(`milepost.action.${id}`, { ifAvailable: true }, async (lock) => {
          if (!lock) throw new Error('Another tab is doing this. It was not sent again.');
          await work();
        });
      else await work();
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'Declined') {
        updateAction(id, { state: 'declined' });
        setLine(`${request.title}: you declined. Nothing was sent.`);
        settle({ phase: 'ready' });
      } else {
        const unanswered = !(error instanceof ApiError) && findAction(id)?.outgoing;
        if (!unanswered) updateAction(id, { state: 'reverted', error: message(error) });
        settle({ phase: 'ready', error });
      }
    } finally {
      running.current.delete(id);
    }
  }, [open, session.data, config.data]);

  const value = useMemo(() => review, [review]);
  return (
    <Context.Provider value={value}>
      {children}
      <p
        aria-live="polite"
        className={
          line
            ? 'fixed inset-x-0 bottom-20 z-30 mx-auto w-fit max-w-[90vw] rounded-md bg-raised px-4 py-2 shadow-float lg:bottom-6'
            : 'sr-only'
        }
      >
        {line}
        {line && (
          <button type="button" className="ms-3 font-medium text-accent" onClick={() => setLine('')}>
            Close
          </button>
        )}
      </p>
      {open && <Sheet open={open} onClose={() => setOpen(null)} onConfirm={() => void confirm()} />}
    </Context.Provider>
  );
}
