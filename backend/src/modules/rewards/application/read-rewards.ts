import { Inject, Injectable } from '@nestjs/common';
import { decayed, epochOf, LAUNCH_PARAMS, toSettle, tokensAt } from '@milepost/protocol';
import { getAddress } from 'ethers';
import { ChainReader, toBytes, toHex } from '../../../platform/chain/index.js';
import { DEPLOYMENT, type Deployment } from '../../../platform/config/index.js';
import { UnitOfWork } from '../../../platform/database/index.js';
import { rowsOf } from '../../../platform/outbox/index.js';
import { People } from '../../identity/index.js';
import { ProjectDirectory, unknownProject } from '../../projects/index.js';

/** What one account got from one fee. Amounts are decimal strings of settlement units (18 decimals). */
export interface RewardLineView {
  readonly project: string | null;
  readonly projectTitle: string;
  readonly milestone: number;
  readonly account: string;
  readonly role: string;
  readonly source: 'milestone' | 'holdback';
  readonly fee: string;
  readonly netFee: string;
  readonly base: string;
  readonly shareBps: number;
  readonly factors: { readonly w: number; readonly q: number; readonly t: number; readonly r: number };
  readonly settle: string;
  /** Tokens at the issue price; the price at release counts in the end. */
  readonly tokens: string;
  readonly epoch: number;
  readonly state: 'accrued';
  readonly at: string;
  readonly txHash: string;
}

export interface MyRewardsView {
  readonly epoch: number;
  readonly settleTotal: string;
  readonly tokensTotal: string;
  readonly reputation: string;
  readonly lines: RewardLineView[];
}

interface LineRow {
  escrow: Buffer;
  milestone: number;
  account: Buffer;
  role: string;
  source: 'milestone' | 'holdback';
  fee: string;
  net: string;
  base: string;
  share_bps: number;
  w: number;
  q: number;
  t: number;
  r: number;
  settle: string;
  epoch: number;
  at: string;
  tx: Buffer;
}

const LINES = `select f.escrow, l.milestone, l.account, l.role, f.source, f.fee, f.net, f.base, l.share_bps, l.w, l.q, l.t, l.r,
    l.settle, f.epoch, f.at, f.tx
  from reward_line l join reward_fee f using (chain_id, block, log_index, milestone)`;
const ORDER = 'order by f.at desc, l.block desc, l.log_index desc, l.milestone, l.ordinal';

/** Reads what accepted work has earned. */
@Injectable()
export class ReadRewards {
  constructor(
    @Inject(DEPLOYMENT) private readonly deployment: Deployment | null,
    private readonly uow: UnitOfWork,
    private readonly people: People,
    private readonly projects: ProjectDirectory,
    private readonly reader: ChainReader,
  ) {}

  /** Everything that a person's accounts have earned. */
  async mine(person: string): Promise<MyRewardsView> {
    const accounts = (await this.people.accountsOf(person)).map(toBytes);
    const rows = rowsOf<LineRow>(
      await this.uow.manager.query(`${LINES} where l.chain_id = $1 and l.account = any ($2::bytea[]) ${ORDER}`, [
        this.chainId,
        accounts,
      ]),
    );
    const { time } = await this.reader.head();
    const epoch = epochOf(time);
    const settle = rows.reduce((total, row) => total + BigInt(row.settle), 0n);
    return {
      epoch,
      settleTotal: settle.toString(),
      tokensTotal: tokensAt(settle, LAUNCH_PARAMS.issuePrice).toString(),
      reputation: (await this.reputation(accounts, epoch)).toString(),
      lines: await this.lines(rows),
    };
  }

  /** Everything that a project's fees have earned, for all its recipients. */
  async ofProject(projectId: string): Promise<RewardLineView[]> {
    const link = await this.projects.find(projectId);
    if (link === null) throw unknownProject();
    const rows = rowsOf<LineRow>(
      await this.uow.manager.query(`${LINES} where l.chain_id = $1 and f.escrow = $2 ${ORDER}`, [
        this.chainId,
        toBytes(link.escrow),
      ]),
    );
    return this.lines(rows);
  }

  private get chainId(): number {
    return this.deployment?.chainId ?? 0;
  }

  private async reputation(accounts: readonly Buffer[], epoch: number): Promise<bigint> {
    const rows = rowsOf<{ epoch: number; units: string }>(
      await this.uow.manager.query(
        'select epoch, sum(units)::text as units from reputation_line where chain_id = $1 and account = any ($2::bytea[]) group by epoch',
        [this.chainId, accounts],
      ),
    );
    return rows.reduce((total, row) => total + decayed(BigInt(row.units), row.epoch, Math.max(epoch, row.epoch)), 0n);
  }

  private async lines(rows: readonly LineRow[]): Promise<RewardLineView[]> {
    const links = await this.projects.byEscrows([...new Set(rows.map((row) => getAddress(toHex(row.escrow))))]);
    return rows.map((row) => {
      const link = links.get(getAddress(toHex(row.escrow)));
      return {
        project: link?.id ?? null,
        projectTitle: link?.title ?? '',
        milestone: row.milestone,
        account: getAddress(toHex(row.account)),
        role: row.role,
        source: row.source,
        fee: toSettle(BigInt(row.fee), this.deployment?.token.decimals ?? 18).toString(),
        netFee: row.net,
        base: row.base,
        shareBps: row.share_bps,
        factors: { w: row.w, q: row.q, t: row.t, r: row.r },
        settle: row.settle,
        tokens: tokensAt(BigInt(row.settle), LAUNCH_PARAMS.issuePrice).toString(),
        epoch: row.epoch,
        state: 'accrued',
        at: new Date(Number(row.at) * 1000).toISOString(),
        txHash: toHex(row.tx),
      };
    });
  }
}
