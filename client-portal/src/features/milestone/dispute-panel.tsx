import { useState } from 'react';
import type { Milestone, Project } from '../../api/types';
import { disputeRejection } from '../../domain/actions';
import { useReview } from '../../intents/review';
import { Button } from '../../ui/button';
import { Card, CardHead } from '../../ui/card';
import { TextArea } from '../../ui/field';
import { Countdown } from '../../ui/values';

/** The contributor's other way after a rejection: contest it instead of reworking. */
export function DisputePanel({ project, milestone }: { project: Project; milestone: Milestone }) {
  const review = useReview();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const missing = reason.trim().length < 10;
  return (
    <Card aria-labelledby="dispute">
      <CardHead id="dispute" title="You disagree?" />
      <p className="text-muted">
        Deliver again, or contest the rejection. {milestone.exit && <Countdown until={milestone.exit.at} />}
      </p>
      {open ? (
        <form
          noValidate
          className="mt-3 grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            setTried(true);
            if (!missing) review(disputeRejection(project, milestone, reason.trim()));
          }}
        >
          <TextArea
            label="Why the rejection is wrong"
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            error={tried && missing ? 'Give a reason of at least ten characters.' : null}
          />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Back</Button>
            <Button type="submit" variant="danger">
              Review dispute
            </Button>
          </div>
        </form>
      ) : (
        <Button className="mt-3" onClick={() => setOpen(true)}>
          Dispute the rejection
        </Button>
      )}
    </Card>
  );
}
