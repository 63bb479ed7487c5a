import { staleKeys } from './stream';

const event = (type: string, ids: Record<string, string>) => ({ seq: 1, type, ids, finality: 'included' });

describe('live events', () => {
  it('refresh the lists and the project they are about', () => {
    expect(staleKeys(event('project.changed', { project: 'p1' }))).toEqual([['projects'], ['project', 'p1']]);
    expect(staleKeys(event('intent.changed', {}))).toEqual([['projects']]);
  });

  it('refresh rewards when money moved', () => {
    expect(staleKeys(event('milestone.paid', { project: 'p1' }))).toContainEqual(['rewards']);
    expect(staleKeys(event('reward.accrued', { project: 'p1' }))).toContainEqual(['rewards']);
  });
});
