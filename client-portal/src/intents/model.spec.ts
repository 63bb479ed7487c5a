import type { Hex } from '../api/types';
import {
  actionId,
  actionWord,
  advance,
  ended,
  KEEP_MS,
  requestKey,
  restore,
  stalled,
  STALLED_MS,
  stateOfIntent,
  type Action,
} from './model';

const action = (news: Partial<Action> = {}): Action => ({
  id: '0x01',
  kind: 'fund',
  label: 'Fund 5 USDX',
  actor: '0xAb',
  project: 'p',
  milestone: null,
  state: 'signed',
  intent: null,
  outgoing: null,
  txHash: null,
  error: null,
  createdAt: 0,
  updatedAt: 0,
  ...news,
});

describe('an action', () => {
  const identity = {
    chainId: 1,
    actor: '0xAB',
    kind: 'ballot',
    project: 'p',
    milestone: 0,
    subject: { digest: '0x1', round: 1 },
  };

  it('has the same id for the same thing and another one otherwise', () => {
    expect(actionId(identity)).toBe(actionId({ ...identity, actor: '0xab' }));
    for (const other of [
      { chainId: 2 },
      { kind: 'fund' },
      { milestone: 1 },
      { subject: { digest: '0x1', round: 2 } },
      { actor: '0xcd' },
    ])
      expect(actionId({ ...identity, ...other })).not.toBe(actionId(identity));
  });

  it('is delivered again under the same key, and tried anew under another', () => {
    const id: Hex = '0xaa';
    expect(requestKey(id, 1, { a: 1 })).toBe(requestKey(id, 1, { a: 1 }));
    expect(requestKey(id, 2, { a: 1 })).not.toBe(requestKey(id, 1, { a: 1 }));
    expect(requestKey(id, 1, { a: 2 })).not.toBe(requestKey(id, 1, { a: 1 }));
    expect(requestKey(id, 1, {})).toMatch(/^[0-9a-f]{48}$/);
  });

  it('only moves forward, except that a reorganisation may take it off the chain again', () => {
    expect(advance(action({ state: 'sent' }), { state: 'signed' }, 5).state).toBe('sent');
    expect(advance(action({ state: 'confirmed' }), { state: 'sent' }, 5).state).toBe('sent');
    expect(advance(action({ state: 'confirmed' }), { state: 'done' }, 5)).toMatchObject({
      state: 'done',
      updatedAt: 5,
    });
  });

  it('stays ended once it ended', () => {
    for (const state of ['done', 'declined', 'reverted', 'expired'] as const) {
      const over = action({ state });
      expect(ended(over)).toBe(true);
      expect(advance(over, { state: 'confirmed', txHash: '0x1' }, 5)).toBe(over);
    }
  });

  it('keeps its time when nothing is new', () => {
    const same = action({ state: 'sent' });
    expect(advance(same, { state: 'sent' }, 5)).toBe(same);
  });

  it('ends unsigned actions with the page and forgets old ends', () => {
    const left = restore(
      [action({ state: 'asked' }), action({ id: '0x02', state: 'sent' }), action({ id: '0x03', state: 'done' })],
      KEEP_MS + 1,
    );
    expect(left.map((item) => [item.id, item.state])).toEqual([['0x02', 'sent']]);
    expect(restore([action({ state: 'asked', updatedAt: 10 })], 20)[0]).toMatchObject({ state: 'expired' });
  });

  it('calls a late action slow, never failed', () => {
    const late = action({ state: 'sent' });
    expect(stalled(late, STALLED_MS)).toBe(false);
    expect(stalled(late, STALLED_MS + 1)).toBe(true);
    expect(actionWord(late, STALLED_MS + 1)).toBe('Taking longer than usual');
    expect(stalled(action({ state: 'confirmed' }), STALLED_MS + 1)).toBe(false);
  });

  it('reads each state of the API', () => {
    expect(
      (['queued', 'signed', 'sent', 'included', 'final', 'refused', 'failed', 'expired'] as const).map(stateOfIntent),
    ).toEqual(['signed', 'signed', 'sent', 'confirmed', 'done', 'reverted', 'reverted', 'expired']);
  });
});
