import { readSearch, trailFilters } from './room-filters';

test('the address is read as far as it is understood', () => {
  expect(readSearch({ project: 'p', kind: '', person: 7, nonsense: 'x', from: '2026-11-21' })).toEqual({
    project: 'p',
    from: '2026-11-21',
  });
});

test('days are whole and both ends count', () => {
  const { from, to } = trailFilters({ from: '2026-11-21', to: '2026-11-21' });
  expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(86_400_000 - 1);
  expect(trailFilters({ from: '2026-99-99', to: 'today', project: 'p' })).toEqual({ project: 'p' });
});
