import { chainConfig } from './config';
import { publicClient } from './send';

/** The part of AuditAnchor that a verifier reads. */
const ABI = [
  {
    type: 'function',
    name: 'head',
    stateMutability: 'view',
    inputs: [],
    outputs: [
      {
        type: 'tuple',
        components: [
          { name: 'size', type: 'uint64' },
          { name: 'timestamp', type: 'uint64' },
          { name: 'anchoredAt', type: 'uint64' },
          { name: 'frozen', type: 'bool' },
          { name: 'root', type: 'bytes32' },
        ],
      },
    ],
  },
] as const;

export interface AnchoredHead {
  size: bigint;
  root: string;
  frozen: boolean;
}

/** The log head that the chain holds; null before the first anchor. */
export async function anchoredHead(): Promise<AnchoredHead | null> {
  const config = await chainConfig();
  const address = config.contracts['AuditAnchor'];
  if (!address) throw new Error('This deployment names no anchor contract.');
  const client = await publicClient();
  const head = await client.readContract({ address, abi: ABI, functionName: 'head' });
  return head.size === 0n ? null : { size: head.size, root: head.root, frozen: head.frozen };
}
