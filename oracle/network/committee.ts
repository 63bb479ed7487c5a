/** Who the nodes are, and what they put their names to. */
import { SigningKey, computeAddress, concat, toBeHex } from 'ethers';
import type { Hex } from '@milepost/protocol';
import {
  encodeRawReport,
  encodeReportContext,
  reportDigest,
  workflowNameField,
  type ReportHeader,
} from '@milepost/protocol/report';
import { keccakHex } from '@milepost/protocol/evm-words';

/** How the network is known on chain. */
export interface CommitteeIdentity {
  readonly donId: number;
  readonly configVersion: number;
  /** Faulty nodes that are borne. There are at least 3f + 1 nodes. */
  readonly f: number;
  readonly workflowId: Hex;
  /** Plain name, e.g. `milepost-judge`. */
  readonly workflowName: string;
  readonly workflowOwner: Hex;
}

export interface SignedReport {
  readonly rawReport: Uint8Array;
  readonly context: Uint8Array;
  readonly configDigest: Hex;
  readonly sequence: bigint;
  readonly signatures: readonly { readonly node: number; readonly signer: Hex; readonly signature: Hex }[];
}

export class Committee {
  readonly signers: readonly Hex[];
  private readonly keys: readonly SigningKey[];

  /** @throws when there are fewer than 3f + 1 keys, or a key twice. */
  constructor(
    readonly identity: CommitteeIdentity,
    privateKeys: readonly string[],
  ) {
    if (identity.f < 1 || privateKeys.length < 3 * identity.f + 1) {
      throw new Error(
        `${String(privateKeys.length)} nodes cannot bear ${String(identity.f)} faulty ones: 3f + 1 are needed`,
      );
    }
    this.keys = privateKeys.map((key) => new SigningKey(key));
    this.signers = this.keys.map((key) => computeAddress(key) as Hex);
    if (new Set(this.signers).size !== this.signers.length) throw new Error('two nodes have the same key');
  }

  get size(): number {
    return this.keys.length;
  }

  /** The workflow's name as it stands in reports. */
  get nameField(): Hex {
    return workflowNameField(this.identity.workflowName);
  }

  /** Nodes that must say the same. */
  get quorum(): number {
    return 2 * this.identity.f + 1;
  }

  /** Signs one report with f + 1 of the given nodes: exactly as many as the forwarder takes. */
  sign(header: ReportHeader, payload: Uint8Array, sequence: bigint, nodes: readonly number[]): SignedReport {
    const { donId, configVersion, f } = this.identity;
    const rawReport = encodeRawReport(header, payload);
    const configDigest = keccakHex(`${String(donId)}:${String(configVersion)}:${this.signers.join(',').toLowerCase()}`);
    const context = encodeReportContext(configDigest, sequence);
    const digest = reportDigest(rawReport, context);
    const signatures = nodes.slice(0, f + 1).map((node) => {
      const key = this.keys[node];
      const signer = this.signers[node];
      if (key === undefined || signer === undefined) throw new RangeError(`there is no node ${String(node)}`);
      const { r, s, yParity } = key.sign(digest);
      return { node, signer, signature: concat([r, s, toBeHex(yParity, 1)]) as Hex };
    });
    return { rawReport, context, configDigest, sequence, signatures };
  }
}
