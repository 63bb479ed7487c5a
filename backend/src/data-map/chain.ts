/** What stands on the chain for ever, by the type of each parameter that a contract takes or announces. */

/** The parts of an ABI that are looked at. */
export interface AbiParameter {
  readonly name?: string;
  readonly type: string;
  readonly components?: readonly AbiParameter[];
}
export interface AbiItem {
  readonly type: string;
  readonly name?: string;
  readonly stateMutability?: string;
  readonly inputs?: readonly AbiParameter[];
}

export interface ChainField {
  /** `Contract.event(path)` */
  readonly field: string;
  readonly type: string;
  /** `personal` must not exist: a test fails. */
  readonly sort: 'no' | 'pseudonym' | 'personal';
  readonly why: string;
}

/** Packed bytes that were looked at, by name: what is in them is code, numbers, addresses or hashes, never text about a person. */
export const REVIEWED_BYTES: Readonly<Record<string, string>> = {
  args: 'packed terms: numbers, addresses, hashes',
  gatePolicy: 'packed numbers',
  arbitrationPolicy: 'packed numbers and addresses',
  policy: 'packed numbers and addresses',
  roster: 'packed seats: addresses and weights',
  record: 'packed policies: numbers and addresses',
  data: 'packed seats, policies or calls of this list',
  calls: 'calls of this list',
  compact: 'packed ballots',
  metadata: 'identifiers of the oracle’s workflow',
  payload: 'packed verdict: numbers and hashes',
  rawReport: 'packed verdict: numbers and hashes',
  validatedReport: 'packed verdict: numbers and hashes',
  reportContext: 'counters of the oracle network',
  reason: 'error of a contract',
  returnData: 'answer of a contract',
};

const SIGNATURE = /^(sig|signature|signatures|signer)$/;

/** Walks events, constructor and every function that changes something. */
export function chainFields(contract: string, abi: readonly AbiItem[]): ChainField[] {
  return abi
    .filter(
      ({ type, stateMutability }) =>
        type === 'event' ||
        type === 'constructor' ||
        (type === 'function' && stateMutability !== 'view' && stateMutability !== 'pure'),
    )
    .flatMap((item) =>
      (item.inputs ?? []).flatMap((input) =>
        walk(input, `${contract}.${item.name ?? 'constructor'}(${input.name ?? ''}`),
      ),
    );
}

function walk(parameter: AbiParameter, path: string): ChainField[] {
  if (parameter.components !== undefined)
    return parameter.components.flatMap((part) => walk(part, `${path}.${part.name ?? ''}`));
  return [{ field: `${path})`, type: parameter.type, ...classOf(parameter) }];
}

function classOf({ name = '', type }: AbiParameter): Pick<ChainField, 'sort' | 'why'> {
  const plain = type.replace(/(\[\d*\])+$/, '');
  if (plain === 'address') return { sort: 'pseudonym', why: 'a wallet or contract' };
  if (/^(u?int\d*|bool|bytes\d+)$/.test(plain)) return { sort: 'no', why: 'a number or a hash' };
  if (plain === 'bytes' && SIGNATURE.test(name)) return { sort: 'pseudonym', why: 'a signature: tells its wallet' };
  const reviewed = plain === 'bytes' ? REVIEWED_BYTES[name] : undefined;
  return reviewed === undefined
    ? { sort: 'personal', why: `a ${plain} can hold any text, and nobody looked at it` }
    : { sort: 'pseudonym', why: reviewed };
}
