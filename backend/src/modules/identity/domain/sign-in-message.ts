/** The fields of a Sign-In with Ethereum message (EIP-4361) that decide whether it is for us. */
export interface SignInMessage {
  readonly domain: string;
  readonly uri: string;
  readonly version: string;
  readonly chainId: number;
  readonly nonce: string;
  readonly issuedAt?: string | undefined;
  readonly expirationTime?: string | undefined;
  readonly notBefore?: string | undefined;
}

/** What a message must say. */
export interface SignInExpectation {
  readonly chainId: number;
  /** Whether an origin (`https://host`) is this installation's own. */
  readonly isOwnOrigin: (origin: string) => boolean;
}

/** A message counts for this long after it was issued, in ms; the nonce lives as long. */
export const SIGN_IN_LIFETIME = 5 * 60_000;
/** Clocks of people's machines may run ahead by this much, in ms. */
const CLOCK_SKEW = 60_000;

/**
 * Why a message does not count here and now, or null. The signature and the nonce are checked elsewhere.
 * @param now ms since 1970
 */
export function refuseMessage(message: SignInMessage, expected: SignInExpectation, now: number): string | null {
  const uri = parseUrl(message.uri);
  if (uri === null || !expected.isOwnOrigin(uri.origin)) return 'the message names another site';
  if (message.domain !== uri.host) return 'domain and URI of the message differ';
  if (message.version !== '1') return 'the message has an unknown version';
  if (message.chainId !== expected.chainId)
    return `the message is for chain ${message.chainId}, this is chain ${expected.chainId}`;
  const issued = Date.parse(message.issuedAt ?? '');
  if (Number.isNaN(issued)) return 'the message does not say when it was issued';
  if (issued > now + CLOCK_SKEW) return 'the message was issued in the future; check the clock of your machine';
  if (issued < now - SIGN_IN_LIFETIME) return 'the message is older than 5 minutes';
  if (message.expirationTime !== undefined && !(Date.parse(message.expirationTime) > now))
    return 'the message has expired';
  if (message.notBefore !== undefined && !(Date.parse(message.notBefore) <= now + CLOCK_SKEW))
    return 'the message is not valid yet';
  return null;
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
