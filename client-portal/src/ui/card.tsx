import type { ComponentProps, ReactNode } from 'react';
import { twMerge } from 'tailwind-merge';

/** A plain block of the ledger: hairline border, no shadow. */
export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return (
    <section
      className={twMerge('min-w-0 rounded-lg border border-hairline bg-surface p-4 sm:p-5', className)}
      {...rest}
    />
  );
}

/** Heading row of a card, with room for one action. */
export function CardHead({
  title,
  children,
  id,
  level = 2,
}: {
  title: ReactNode;
  children?: ReactNode;
  id?: string;
  level?: 2 | 3;
}) {
  const Tag = `h${level}` as const;
  return (
    <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <Tag id={id} className="text-lg font-semibold">
        {title}
      </Tag>
      {children}
    </div>
  );
}

/** Title row of a page. */
export function PageHead({ title, lead, children }: { title: ReactNode; lead?: ReactNode; children?: ReactNode }) {
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 max-w-[68ch]">
        <h1 className="text-2xl font-semibold sm:text-3xl">{title}</h1>
        {lead && <p className="mt-1 text-muted">{lead}</p>}
      </div>
      {children && <div className="flex flex-wrap gap-2">{children}</div>}
    </header>
  );
}

/** Name and value pairs, one per row. */
export function Facts({
  rows,
  className,
}: {
  rows: readonly (readonly [ReactNode, ReactNode] | false | '' | null | undefined)[];
  className?: string;
}) {
  return (
    <dl className={twMerge('divide-y divide-hairline', className)}>
      {rows.map((row, index) =>
        row ? (
          <div
            key={index}
            className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5 py-2 first:pt-0 last:pb-0"
          >
            <dt className="text-muted">{row[0]}</dt>
            <dd className="num min-w-0 text-end [overflow-wrap:anywhere]">{row[1]}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

type Tone = 'info' | 'ok' | 'warn' | 'bad' | 'neutral';

const NOTE: Record<Tone, string> = {
  info: 'bg-info-soft text-accent',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  neutral: 'bg-raised text-muted',
};

/** One remark with a tone. */
export function Note({
  tone = 'info',
  title,
  children,
  className,
}: {
  tone?: Tone;
  title?: ReactNode;
  children?: ReactNode;
  className?: string;
}) {
  return (
    <div className={twMerge('rounded-md px-4 py-3', NOTE[tone], className)}>
      {title && <p className="font-semibold">{title}</p>}
      {children && <div className="text-text">{children}</div>}
    </div>
  );
}
