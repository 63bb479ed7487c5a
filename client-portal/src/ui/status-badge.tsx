import type { StatusIcon, StatusWord, Tone } from '@milepost/protocol/status';
import {
  AlarmClock,
  BadgeCheck,
  Ban,
  CircleDashed,
  Hammer,
  Hourglass,
  PenLine,
  RotateCcw,
  Scale,
  Search,
  TriangleAlert,
  Undo2,
  Upload,
  Wallet,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { twMerge } from 'tailwind-merge';

const ICONS: Record<StatusIcon, LucideIcon> = {
  draft: CircleDashed,
  pen: PenLine,
  alarm: AlarmClock,
  wallet: Wallet,
  work: Hammer,
  notice: TriangleAlert,
  upload: Upload,
  check: BadgeCheck,
  review: Search,
  hold: Hourglass,
  changes: RotateCcw,
  dispute: Scale,
  paid: BadgeCheck,
  refund: Undo2,
  cancelled: Ban,
};

const TONES: Record<Tone, string> = {
  neutral: 'bg-raised text-muted',
  info: 'bg-info-soft text-accent',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
};

/** Icon, word and colour; the word alone carries the meaning. */
export function Badge({
  tone = 'neutral',
  icon: Icon,
  children,
  className,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={twMerge(
        'inline-flex max-w-full items-center gap-1.5 rounded-sm px-2 py-0.5 text-sm font-medium',
        TONES[tone],
        className,
      )}
    >
      {Icon && <Icon aria-hidden className="size-3.5 shrink-0" />}
      <span className="min-w-0">{children}</span>
    </span>
  );
}

/** A state of the shared state table. */
export function StatusBadge({ status }: { status: StatusWord }) {
  return (
    <Badge tone={status.tone} icon={ICONS[status.icon]}>
      {status.word}
    </Badge>
  );
}
