import { payeesOf, type TermsDraft } from './terms-draft.js';

/** The part an account has in a project. */
export type MemberRole = 'client' | 'contributor' | 'payee' | 'seat' | 'arbitrator';

/** One entry per account and role that the terms name. */
export function membersOf(terms: TermsDraft): { readonly account: string; readonly role: MemberRole }[] {
  const { arbitrator, fallbackArbitrator } = terms.arbitration;
  const all: { account: string; role: MemberRole }[] = [
    { account: terms.client, role: 'client' },
    { account: terms.contributor, role: 'contributor' },
    ...payeesOf(terms).map(({ account }) => ({ account, role: 'payee' as const })),
    ...terms.seats.map(({ account }) => ({ account, role: 'seat' as const })),
    { account: arbitrator, role: 'arbitrator' },
    ...(fallbackArbitrator === null ? [] : [{ account: fallbackArbitrator, role: 'arbitrator' as const }]),
  ];
  return [...new Map(all.map((member) => [`${member.account} ${member.role}`, member])).values()];
}
