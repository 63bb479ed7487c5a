import type { Json } from '@milepost/protocol/canonical';
import { useQuery } from '@tanstack/react-query';
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { ApiError } from '../api/client';
import { configQuery, sessionQuery } from '../api/queries';
import type { Address, Hex, TypedData } from '../api/types';
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

/** The sheet that is open, and how far it got. */
export interface Open {
  request: ReviewRequest;
  prepared: Prepared | null;
  error: unknown;
  phase: 'preparing' | 'ready' | 'asked' | 'sending';
}

const Context = createContext<(request: ReviewRequest) => void>(() => undefined);
/** Opens the ReviewSheet for an action. */
export const useReview = (): ((request: ReviewRequest) => void) => useContext(Context);

const Sheet = lazy(() => import('./review-sheet'));

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
      <Suspense>
        {open && <Sheet open={open} onClose={() => setOpen(null)} onConfirm={() => void confirm()} />}
      </Suspense>
    </Context.Provider>
  );
}
