import { cleanName, nameFromAddress } from './person-name.js';
import { refuseMessage } from './sign-in-message.js';

describe('a name', () => {
  it.each([
    ['  Ada   Lovelace ', 'Ada Lovelace'],
    ['Ada\u202e\u200bLove', 'AdaLove'],
    ['A\u0000\u001f', 'A'],
    ['e\u0301', '\u00e9'],
    ['\u200b\u2066', ''],
  ])('%j is kept as %j', (given, kept) => {
    expect(cleanName(given)).toBe(kept);
  });

  it('of somebody unnamed is the short account', () => {
    expect(nameFromAddress('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266')).toBe('0xf39F…2266');
  });
});

describe('a sign-in message', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  const message = {
    domain: 'milepost.test',
    uri: 'https://milepost.test/projects',
    version: '1',
    chainId: 1,
    nonce: 'abcdefgh',
    issuedAt: '2026-03-01T11:55:00Z',
  };
  const check = (change: Partial<typeof message> & { expirationTime?: string; notBefore?: string }, at = now) =>
    refuseMessage(
      { ...message, ...change },
      { chainId: 1, isOwnOrigin: (origin) => origin === 'https://milepost.test' },
      at,
    );

  it('counts up to five minutes after its issue', () => {
    expect(check({})).toBeNull();
    expect(check({}, now + 1)).toMatch(/older/);
    expect(check({ issuedAt: '2026-03-01T12:01:00Z' })).toBeNull();
    expect(check({ issuedAt: '2026-03-01T12:01:01Z' })).toMatch(/future/);
  });

  it.each([
    [{ version: '2' }, /version/],
    [{ uri: 'not a url' }, /another site/],
    [{ issuedAt: 'yesterday' }, /when it was issued/],
    [{ expirationTime: '2026-03-01T12:00:00Z' }, /expired/],
    [{ expirationTime: 'never' }, /expired/],
    [{ notBefore: 'soon' }, /not valid yet/],
  ])('%j is refused', (change, why) => {
    expect(check(change)).toMatch(why);
  });
});
