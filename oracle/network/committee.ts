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
import { keccakHex, recoverAddress } from '@milepost/protocol/evm-words';

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

/** A report before it is signed. */
export interface UnsignedReport {
  readonly rawReport: Uint8Array;
  readonly context: Uint8Array;
  readonly configDigest: Hex;
  readonly sequence: bigint;
  /** The 32 bytes that a node signs. */
  readonly digest: Hex;
}

export interface ReportSignature {
  readonly node: number;
  readonly signer: Hex;
  /** r, s, v with v 0 or 1. */
  readonly signature: Hex;
}

export interface SignedReport extends Omit<UnsignedReport, 'digest'> {
  readonly signatures: readonly ReportSignature[];
}

/** The public side of a network. */
export class Committee {
  readonly signers: readonly Hex[];

  /** @throws when there are fewer than 3f + 1 signers, or one twice. */
  constructor(
    readonly identity: CommitteeIdentity,
    signers: readonly Hex[],
  ) {
    if (identity.f < 1 || signers.length < 3 * identity.f + 1) {
      throw new Error(
        `${String(signers.length)} nodes cannot bear ${String(identity.f)} faulty ones: 3f + 1 are needed`,
      );
    }
    this.signers = signers;
    if (new Set(signers.map((signer) => signer.toLowerCase())).size !== signers.length)
      throw new Error('two nodes have the same key');
  }

  get size(): number {
    return this.signers.length;
  }

  /** Nodes that must say the same. */
  get quorum(): number {
    return 2 * this.identity.f + 1;
  }

  /** Signatures that the forwarder takes: exactly so many. */
  get needed(): number {
    return this.identity.f + 1;
  }

  /** Every node makes the same bytes of the same payload, so that signatures of several fit one report. */
  unsigned(executionId: Hex, timestamp: number, payload: Uint8Array, sequence: bigint): UnsignedReport {
    const { donId, configVersion, workflowId, workflowName, workflowOwner } = this.identity;
    const header: ReportHeader = {
      version: 1,
      executionId,
      timestamp,
      donId,
      configVersion,
      workflowId,
      workflowName: workflowNameField(workflowName),
      workflowOwner,
      reportId: '0x0001',
    };
    const rawReport = encodeRawReport(header, payload);
    const configDigest = keccakHex(`${String(donId)}:${String(configVersion)}:${this.signers.join(',').toLowerCase()}`);
    const context = encodeReportContext(configDigest, sequence);
    return { rawReport, context, configDigest, sequence, digest: reportDigest(rawReport, context) };
  }

  /** Whether node `node` signed these 32 bytes. */
  isSignedBy(node: number, digest: Hex, signature: string): boolean {
    try {
      return recoverAddress(Buffer.from(digest.slice(2), 'hex'), signature) === this.signers[node]?.toLowerCase();
    } catch {
      return false;
    }
  }
}

/** One node's key. */
export class NodeKey {
  private readonly key: SigningKey;
  readonly address: Hex;

  constructor(privateKey: string) {
    this.key = new SigningKey(privateKey);
    this.address = computeAddress(this.key) as Hex;
  }

  /** r, s, v with v 0 or 1. */
  sign(digest: Hex): Hex {
    const { r, s, yParity } = this.key.sign(digest);
    return concat([r, s, toBeHex(yParity, 1)]) as Hex;
  }
}
