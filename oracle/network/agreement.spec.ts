import { Agreement, NoConsensus } from './agreement.js';

describe('agreement of 3 of 4 nodes', () => {
  it('holds for all as soon as three say the same, also for the one that differs', async () => {
    const agreement = new Agreement(4, 3);
    const liar = agreement.offer(3, 'q', 'lie');
    const first = agreement.offer(0, 'q', 'truth');
    void agreement.offer(1, 'q', 'truth');
    void agreement.offer(2, 'q', 'truth');
    expect(await Promise.all([liar, first])).toEqual(['truth', 'truth']);
    expect(agreement.supporters('q', 'truth')).toEqual([0, 1, 2]);
  });

  it('gives up when three can no longer agree', async () => {
    const agreement = new Agreement(4, 3);
    const waiting = agreement.offer(0, 'q', 'a');
    void agreement.offer(1, 'q', 'a').catch(() => undefined);
    void agreement.offer(2, 'q', 'b').catch(() => undefined);
    void agreement.offer(3, 'q', 'b').catch(() => undefined);
    await expect(waiting).rejects.toThrow(new NoConsensus('no consensus on q: 2 of 3 needed nodes say the same'));
  });

  it('counts nodes that left as silent, in questions before and after', async () => {
    const agreement = new Agreement(4, 3);
    agreement.leave(3);
    const open = agreement.offer(0, 'q', 'a');
    void agreement.offer(1, 'q', 'a');
    void agreement.offer(2, 'q', 'a');
    expect(await open).toBe('a');
    const hopeless = agreement.offer(0, 'r', 'a');
    agreement.leave(2);
    await expect(hopeless).rejects.toThrow(NoConsensus);
    await expect(agreement.offer(1, 's', 'a')).rejects.toThrow(NoConsensus);
  });

  it('lets a node answer once: a second answer does not count', async () => {
    const agreement = new Agreement(4, 3);
    void agreement.offer(0, 'q', 'b').catch(() => undefined);
    const repeated = agreement.offer(0, 'q', 'a');
    void agreement.offer(1, 'q', 'a').catch(() => undefined);
    void agreement.offer(2, 'q', 'a').catch(() => undefined);
    expect(agreement.supporters('q', 'a')).toEqual([1, 2]);
    agreement.leave(3);
    await expect(repeated).rejects.toThrow(NoConsensus);
  });

  it('keeps questions apart', async () => {
    const agreement = new Agreement(1, 1);
    expect(await agreement.offer(0, 'q', 'a')).toBe('a');
    expect(await agreement.offer(0, 'r', 'b')).toBe('b');
  });
});
