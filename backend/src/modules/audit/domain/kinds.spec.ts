import { auditTypes } from './event.js';
import { KINDS, kindNames, kindOf } from './kinds.js';

test('each type of event is in one family, found by its pattern', () => {
  const patterns = kindNames.flatMap((kind) => KINDS[kind].map((pattern) => ({ kind, pattern })));
  const families = auditTypes.map((type) => [
    type,
    patterns.filter(({ pattern }) => (pattern.endsWith('%') ? type.startsWith(pattern.slice(0, -1)) : pattern === type))
      .length,
  ]);
  expect(families.filter(([, count]) => (count as number) > 1)).toEqual([]);
  expect([kindOf('milestone.paid'), kindOf('milestone.decided'), kindOf('auth.login'), kindOf('unheard.of')]).toEqual([
    'money',
    'decision',
    'access',
    'operation',
  ]);
});
