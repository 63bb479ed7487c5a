import { byUrgency, tasksOf } from './tasks';
import { CLIENT, CONTRIBUTOR, milestone, project, SEAT } from './testing';

const titles = (value: ReturnType<typeof tasksOf>) => value.map((task) => task.title);

describe('what waits for a person', () => {
  it('asks both sides to sign, then to open the escrow', () => {
    const draft = project({ escrow: null, status: 'draft' });
    expect(titles(tasksOf(draft, CLIENT))).toEqual(['Sign the terms']);
    const half = {
      ...draft,
      signatures: { client: { signer: CLIENT, at: '2026-01-01T00:00:00Z' }, contributor: null },
    } as typeof draft;
    expect(tasksOf(half, CLIENT)).toEqual([]);
    expect(titles(tasksOf(half, CONTRIBUTOR))).toEqual(['Sign the terms']);
    const both = { ...half, signatures: { ...half.signatures, contributor: half.signatures.client } };
    expect(titles(tasksOf(both, CONTRIBUTOR))).toEqual(["Open the project's escrow"]);
  });

  it('asks the client to fund, the contributor to deliver, the seat to review', () => {
    const running = project({
      milestones: [milestone(0, { status: 'Submitted' }), milestone(1, { status: 'Funded' }), milestone(2)],
    });
    expect(titles(tasksOf(running, CLIENT))).toEqual(['Fund “Part 3”']);
    expect(titles(tasksOf(running, CONTRIBUTOR))).toEqual(['Deliver “Part 2”']);
    expect(titles(tasksOf(running, SEAT))).toEqual(['Review “Part 1”']);
    expect(tasksOf(running, '0x9999999999999999999999999999999999999999')).toEqual([]);
  });

  it('does not ask an excluded seat to vote', () => {
    const running = project({
      milestones: [milestone(0, { status: 'Submitted' })],
      seats: [{ account: SEAT, body: 'panel', weight: 1, excluded: true }],
    });
    expect(tasksOf(running, SEAT)).toEqual([]);
  });

  it('puts the nearest deadline first, then the larger amount', () => {
    const task = (until: string | null, amount: string) => ({ until, amount }) as Parameters<typeof byUrgency>[0];
    const list = [
      task(null, '9'),
      task('2026-02-01T00:00:00Z', '1'),
      task('2026-01-01T00:00:00Z', '1'),
      task('2026-01-01T00:00:00Z', '5'),
    ];
    expect(list.sort(byUrgency).map((item) => [item.until, item.amount])).toEqual([
      ['2026-01-01T00:00:00Z', '5'],
      ['2026-01-01T00:00:00Z', '1'],
      ['2026-02-01T00:00:00Z', '1'],
      [null, '9'],
    ]);
  });
});
