/** The public development mnemonic: everyone knows it, so its accounts exist in local mode only. */
export const LOCAL_MNEMONIC = 'test test test test test test test test test test test junk';

/** Ready-made people of local mode; `index` is the account's number in the mnemonic. */
export const LOCAL_PEOPLE: readonly { readonly index: number; readonly name: string; readonly role: string }[] = [
  { index: 1, name: 'Clara Client', role: 'client' },
  { index: 2, name: 'Leo Lead', role: 'contributor' },
  { index: 3, name: 'Mia Maker', role: 'payee' },
  { index: 4, name: 'Sam', role: 'stakeholder' },
  { index: 5, name: 'Tess', role: 'stakeholder' },
  { index: 6, name: 'Uma', role: 'stakeholder' },
  { index: 7, name: 'Vic Reviewer', role: 'reviewer' },
  { index: 8, name: 'Otto Outsider', role: 'outsider' },
  { index: 9, name: 'Ada Arbitrator', role: 'arbitrator' },
  { index: 0, name: 'Olga Operator', role: 'operator' },
  { index: 10, name: 'Ines Inspector', role: 'auditor' },
];
