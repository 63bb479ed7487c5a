import { Check, Copy } from 'lucide-react';
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { exactAmount, formatAmount } from '../lib/money';
import { absoluteTime, dateOnly, relativeTime, remaining } from '../lib/time';

/** An amount: grouped and short to read, exact in its title and when copied. */
export function MoneyAmount({
  units,
  token,
  strong,
  sign,
}: {
  units: string | bigint;
  token: { decimals: number; symbol: string };
  strong?: boolean;
  sign?: '+' | '−' | undefined;
}) {
  const exact = `${exactAmount(units, token.decimals)} ${token.symbol}`;
  return (
    <span className={`num whitespace-nowrap ${strong ? 'font-semibold' : ''}`} title={exact} data-units={String(units)}>
      {sign}
      {formatAmount(units, token.decimals)} <span className={strong ? '' : 'text-muted'}>{token.symbol}</span>
    </span>
  );
}

/** Copies text; says so to everyone. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <button
      type="button"
      className="inline-grid size-6 shrink-0 place-items-center rounded-sm text-muted hover:bg-raised hover:text-text"
      aria-label={done ? 'Copied' : label}
      title={done ? 'Copied' : label}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}
    >
      {done ? <Check aria-hidden className="size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
      <span aria-live="polite" className="sr-only">
        {done ? 'Copied' : ''}
      </span>
    </button>
  );
}

/** First and last six digits of a hash or address. */
export const shortHex = (hex: string): string => (hex.length > 18 ? `${hex.slice(0, 8)}…${hex.slice(-6)}` : hex);

/** A digest or transaction: short, copyable in full. */
export function HashChip({ value, label = 'Copy in full' }: { value: string; label?: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <span className="hash" title={value}>
        {shortHex(value)}
      </span>
      <CopyButton text={value} label={label} />
    </span>
  );
}

export type NameOf = (address: string) => string | null;
const Names = createContext<NameOf>(() => null);
/** Provides the names of known people to every AddressChip. */
export const NamesProvider = Names.Provider;
export const useNames = (): NameOf => useContext(Names);

/**
 * A person or contract: name if known, first and last six digits always. `similar` warns about an
 * address that looks like a known one.
 */
export function AddressChip({ address, similar, plain }: { address: string; similar?: boolean; plain?: boolean }) {
  const name = useNames()(address);
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-x-1.5">
      {name && <span className="font-medium">{name}</span>}
      <span className={`hash ${name ? 'text-muted' : ''}`} title={address}>
        {shortHex(address)}
      </span>
      {!plain && <CopyButton text={address} label={`Copy the address of ${name ?? shortHex(address)}`} />}
      {similar && <span className="text-sm font-medium text-bad">Looks like a known address, but is another one</span>}
    </span>
  );
}

/** Offset of the chain's clock from this machine's, in milliseconds; deadlines close by the chain's clock. */
let offset = 0;
const clock = new Set<() => void>();
let second = 0;
let ticking: ReturnType<typeof setInterval> | undefined;
/** Ticks once a second for as long as something on screen shows a time. */
const subscribe = (listener: () => void) => {
  clock.add(listener);
  ticking ??= setInterval(() => {
    second += 1;
    for (const each of clock) each();
  }, 1000);
  return () => {
    clock.delete(listener);
    if (clock.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
};
/** Tells the clock what time the newest block shows. Differences below a minute are heartbeat, not drift. */
export function setChainTime(at: Date): void {
  const drift = at.getTime() - Date.now();
  offset = Math.abs(drift) < 60_000 ? 0 : drift;
}
export const chainNow = (): Date => new Date(Date.now() + offset);

/** Chain time, renewed each second. */
export function useNow(): Date {
  useSyncExternalStore(subscribe, () => second);
  return chainNow();
}

/** A moment: relative to read, absolute with zone in its title and for assistive technology. */
export function DateTime({ at, mode = 'relative' }: { at: string | Date; mode?: 'relative' | 'absolute' | 'date' }) {
  const now = useNow();
  const date = typeof at === 'string' ? new Date(at) : at;
  const full = absoluteTime(date);
  const text = mode === 'relative' ? relativeTime(date, now) : mode === 'date' ? dateOnly(date) : full;
  return (
    <time dateTime={date.toISOString()} title={full} className="whitespace-nowrap">
      {text}
      {mode === 'relative' && <span className="sr-only"> ({full})</span>}
    </time>
  );
}

/** Time left by the chain's clock; `over` is shown once it has run out. */
export function Countdown({ until, over = 'time is up' }: { until: string | Date; over?: ReactNode }) {
  const now = useNow();
  const date = typeof until === 'string' ? new Date(until) : until;
  if (date <= now) return <span>{over}</span>;
  return (
    <time dateTime={date.toISOString()} title={absoluteTime(date)} className="num whitespace-nowrap" role="timer">
      {remaining(date, now)} left
    </time>
  );
}
