import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { get } from '../../api/client';
import type { Project } from '../../api/types';
import { saveBlob } from '../../files/transfer';
import { Button } from '../../ui/button';
import { ErrorPanel } from '../../ui/feedback';
import { SelectField } from '../../ui/field';

/** Saves a bundle of the whole project or of one milestone. */
export function SaveProof({ project }: { project: Pick<Project, 'id' | 'milestones'> }) {
  const [milestone, setMilestone] = useState('');
  const save = useMutation({
    mutationFn: () => get<unknown>(`/audit/export/${project.id}`, milestone ? { query: { milestone } } : {}),
    onSuccess: (bundle) =>
      saveBlob(
        new Blob([JSON.stringify(bundle)], { type: 'application/json' }),
        `milepost-audit-${project.id}${milestone ? `-milestone-${Number(milestone) + 1}` : ''}.json`,
      ),
  });
  return (
    <div className="flex min-w-0 flex-wrap items-end gap-2">
      {project.milestones.length > 0 && (
        <SelectField
          hideLabel
          label="What the proof covers"
          value={milestone}
          onChange={(event) => setMilestone(event.target.value)}
        >
          <option value="">Whole project</option>
          {project.milestones.map(({ index, title }) => (
            <option key={index} value={index}>
              Milestone {index + 1}: {title}
            </option>
          ))}
        </SelectField>
      )}
      <Button aria-busy={save.isPending} onClick={() => save.mutate()}>
        <Download aria-hidden className="size-4" /> Save the proof
      </Button>
      {save.error && <ErrorPanel error={save.error} what="The proof could not be saved." />}
    </div>
  );
}
