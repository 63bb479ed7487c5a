import type { ReactNode } from 'react';

/** Details for experts, closed by default. `quiet` stands without a frame, for lists. */
export function Fold({ summary, children, quiet }: { summary: ReactNode; children: ReactNode; quiet?: boolean }) {
  if (quiet)
    return (
      <details>
        <summary className="w-fit rounded-sm text-sm text-muted hover:text-text">{summary}</summary>
        <div className="mt-2 rounded-md bg-raised px-3 py-3">{children}</div>
      </details>
    );
  return (
    <details className="rounded-md border border-hairline">
      <summary className="px-3 py-2 font-medium text-muted hover:text-text">{summary}</summary>
      <div className="border-t border-hairline px-3 py-3">{children}</div>
    </details>
  );
}
