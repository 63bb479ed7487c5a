import { Check, Clock, Download, X } from 'lucide-react';
import { useState } from 'react';
import type { Approval, Milestone, Project } from '../../api/types';
import { sameAddress, usePerson } from '../../app/session';
import { castBallot, type ReasonDocument } from '../../domain/actions';
import { REASONS, reasonWords } from '../../domain/milestone';
import { findReceipt } from '../../domain/receipts';
import { saveBlob } from '../../files/transfer';
import { rawJson } from '../../intents/describe';
import { useReview } from '../../intents/review';
import { Button } from '../../ui/button';
import { Card, CardHead, Note } from '../../ui/card';
import { SelectField, TextArea } from '../../ui/field';
import { Tally } from '../../ui/ledger';
import { Badge } from '../../ui/status-badge';
import { AddressChip, Countdown, DateTime } from '../../ui/values';

const BODY_WORDS: Record<string, string> = {
  clients: 'Clients',
  panel: 'Panel',
  reviewers: 'Reviewers',
  oracle: 'Oracle',
};

/** Approve or request changes; shown to whoever holds a seat that may still vote. */
export function VotePanel({
  project,
  milestone,
  approval,
}: {
  project: Project;
  milestone: Milestone;
  approval: Approval;
}) {
  const person = usePerson();
  const review = useReview();
  const [objecting, setObjecting] = useState(false);
  const seat = approval.seats.find((item) => sameAddress(item.account, person?.address));
  // A seat may belong to a body that this milestone does not ask.
  if (!person || !seat || !approval.bodies.some((body) => body.body === seat.body)) return null;
  if (seat.excluded)
    return (
      <Note tone="neutral">You are paid by this project, so your seat does not count and you cannot vote here.</Note>
    );
  const mine = approval.ballots.find((ballot) => sameAddress(ballot.account, person.address));
  const receipt = findReceipt(project.id, milestone.index, approval.round, person.address);
  if (mine)
    return (
      <Card aria-labelledby="my-vote">
        <CardHead id="my-vote" title="Your vote" />
        <p role="status" className="flex items-center gap-2">
          {mine.approve ? (
            <Check aria-hidden className="size-4 text-ok" />
          ) : (
            <X aria-hidden className="size-4 text-bad" />
          )}
          {mine.approve ? 'You approved' : 'You asked for changes'} <DateTime at={mine.at} />.{' '}
          {mine.state === 'onchain' ? 'It is on chain.' : 'It is signed and waits to be posted.'}
        </p>
        {receipt && (
          <Button
            size="sm"
            className="mt-3"
            onClick={() =>
              saveBlob(
                new Blob([rawJson(receipt)], { type: 'application/json' }),
                `ballot-${project.id}-${milestone.index + 1}-${approval.round}.json`,
              )
            }
          >
            <Download aria-hidden className="size-4" /> Keep my ballot and its receipt
          </Button>
        )}
      </Card>
    );
  const over = approval.deadline && new Date(approval.deadline) < new Date();
  if (over) return null;
  const vote = (reason: ReasonDocument | null, own: boolean) =>
    review(castBallot(project, milestone, approval, seat, reason, own));
  return (
    <Card aria-labelledby="vote" className="border-accent">
      <CardHead id="vote" title="Your vote is asked for" />
      <p className="mb-4 text-muted">
        Read the criteria, open the files, then decide. {approval.deadline && <Countdown until={approval.deadline} />}
      </p>
      {objecting ? (
        <ObjectionForm milestone={milestone} onCancel={() => setObjecting(false)} onVote={vote} />
      ) : (
        <>
          <div className="flex flex-wrap gap-2">
            <Button variant="primary" onClick={() => vote(null, false)}>
              <Check aria-hidden className="size-4" /> Approve
            </Button>
            <Button onClick={() => setObjecting(true)}>
              <X aria-hidden className="size-4" /> Request changes
            </Button>
          </div>
          <p className="mt-3 text-sm text-muted">
            Signing is free: we post your vote.{' '}
            <button type="button" className="font-medium text-accent underline" onClick={() => vote(null, true)}>
              Send my approval myself
            </button>
          </p>
        </>
      )}
    </Card>
  );
}

function ObjectionForm({
  milestone,
  onCancel,
  onVote,
}: {
  milestone: Milestone;
  onCancel: () => void;
  onVote: (reason: ReasonDocument, own: boolean) => void;
}) {
  const [code, setCode] = useState<string>('CRIT_UNMET');
  const [failed, setFailed] = useState<string[]>([]);
  const [pass, setPass] = useState('');
  const [tried, setTried] = useState(false);
  const missing = pass.trim().length < 3;
  const go = (own: boolean) => {
    setTried(true);
    if (!missing) onVote({ code, failedCriteria: failed, whatWouldPass: pass.trim() }, own);
  };
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        go(false);
      }}
    >
      <SelectField label="Reason" value={code} onChange={(event) => setCode(event.target.value)}>
        {REASONS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      {milestone.criteria.length > 0 && (
        <fieldset className="grid gap-2">
          <legend className="mb-1 font-medium">Criteria that are not met</legend>
          {milestone.criteria.map((criterion) => (
            <label key={criterion.id} className="flex items-start gap-2">
              <input
                type="checkbox"
                className="mt-0.5 size-4 accent-accent"
                checked={failed.includes(criterion.id)}
                onChange={(event) =>
                  setFailed((all) =>
                    event.target.checked ? [...all, criterion.id] : all.filter((id) => id !== criterion.id),
                  )
                }
              />
              {criterion.text}
            </label>
          ))}
        </fieldset>
      )}
      <TextArea
        label="What would pass"
        hint="Concrete, so that the next round can succeed."
        required
        maxLength={1000}
        value={pass}
        onChange={(event) => setPass(event.target.value)}
        error={tried && missing ? 'Say what would have to be different.' : null}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>Back</Button>
        {/* First for a No: a withheld objection could turn silence into approval. */}
        <Button onClick={() => go(true)}>Send it myself</Button>
        <Button type="submit" variant="primary">
          Review objection
        </Button>
      </div>
    </form>
  );
}

/** Who voted how, body by body. */
export function TallyCard({
  project,
  milestone,
  approval,
}: {
  project: Project;
  milestone: Milestone;
  approval: Approval;
}) {
  const person = usePerson();
  const running = milestone.status === 'Submitted';
  const human = approval.bodies.filter((body) => body.body !== 'oracle');
  if (human.length === 0) return null;
  return (
    <Card aria-labelledby="tally">
      <CardHead id="tally" title="Votes">
        {running && approval.deadline && (
          <span className="text-sm text-muted">
            <Countdown until={approval.deadline} over="voting is over" />
          </span>
        )}
      </CardHead>
      <div className="grid gap-5">
        {human.map((body) => (
          <section key={body.body} aria-label={BODY_WORDS[body.body] ?? body.body}>
            <Tally
              label={BODY_WORDS[body.body] ?? body.body}
              yes={body.yes}
              no={body.no}
              total={body.totalWeight}
              quorumBps={body.quorumBps}
              approvalBps={body.approvalBps}
              state={!running && (body.state === 'open' || body.state === 'silent') ? 'unneeded' : body.state}
            />
            <ul className="mt-2 divide-y divide-hairline">
              {approval.seats
                .filter((seat) => seat.body === body.body)
                .map((seat) => {
                  const ballot = approval.ballots.find((item) => sameAddress(item.account, seat.account));
                  return (
                    <li key={seat.index} className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 py-2">
                      <span className="min-w-0">
                        {seat.name ? (
                          <span title={seat.account}>{seat.name}</span>
                        ) : (
                          <AddressChip address={seat.account} plain />
                        )}
                        {sameAddress(seat.account, person?.address) && <span className="text-muted"> (you)</span>}
                      </span>
                      {seat.excluded ? (
                        <Badge>Excluded: is paid here</Badge>
                      ) : ballot ? (
                        <span className="flex flex-wrap items-center gap-2">
                          <Badge tone={ballot.approve ? 'ok' : 'bad'} icon={ballot.approve ? Check : X}>
                            {ballot.approve ? 'Approves' : 'Asks for changes'}
                          </Badge>
                          <span className="text-sm text-muted">
                            {ballot.state === 'onchain' ? 'on chain' : 'signed, waiting'}
                          </span>
                        </span>
                      ) : (
                        <Badge icon={Clock}>{running ? 'Open' : 'Did not vote'}</Badge>
                      )}
                      {ballot?.reason && (
                        <p className="w-full text-sm text-muted">
                          {reasonWords(ballot.reason.code)}
                          {ballot.reason.whatWouldPass && <>: “{ballot.reason.whatWouldPass}”</>}
                        </p>
                      )}
                    </li>
                  );
                })}
            </ul>
          </section>
        ))}
      </div>
      {running && (
        <p className="mt-3 text-sm text-muted">
          {approval.silence === 'approve'
            ? 'If too few vote, the work counts as approved, unless somebody objected.'
            : 'If too few vote, it goes to dispute.'}{' '}
          A vote belongs to this round of {project.title} only.
        </p>
      )}
    </Card>
  );
}
