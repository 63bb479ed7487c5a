import { getAddress } from 'ethers';
import type { EntityManager } from 'typeorm';
import type { UnitOfWork } from '../../database/index.js';
import type { OutboxService } from '../../outbox/index.js';
import { ChainLog, type ContractKind } from '../chain-log.js';
import type { ChainCodec } from '../codec.js';
import type { ProjectionRegistry } from '../projection.js';
import { InconsistentAnswer, type BlockHeader, type ChainClient, type RawLog, type Span } from '../rpc/chain-client.js';
import { RpcUnavailable } from '../rpc/json-rpc.js';
import type { ChainSettings } from '../settings.js';
import type { LedgerCheck } from './ledger-check.js';
import type { RelayedInclusion, RelayWatch } from './relay-watch.js';
import type { Cursor, IndexerStore, StoredLog } from './store.js';

/** The chain is not the one we know: another network, or history rewritten below what was final. Only a person can mend it. */
export class ChainBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ChainBroken';
  }
}

/** What one look at the chain came to. */
export type StepResult = 'idle' | 'advanced' | 'reverted' | 'behind';

const LARGEST_SPAN = 500;
const FIRST_SPAN = 64;
/** Times that a stretch with missing events is read again before a person has to look. */
const MOST_DOUBTS = 3;
/** Blocks promoted to final in one transaction. */
const PROMOTION = 2_000;

/**
 * Reads the chain block by block into the database: raw logs, projections, relayed calls, announcements and the cursor, all
 * of a step in one short transaction. Each fact counts exactly once: the log's key is unique, and a step is refused unless
 * the cursor stands exactly where this indexer left it.
 */
export class Indexer {
  private cursor: Cursor | null = null;
  private known = new Map<string, ContractKind>();
  private span = FIRST_SPAN;
  /** Steps in a row after which events were missing. */
  private doubts = 0;
  private readonly topics: readonly string[];

  constructor(
    private readonly settings: ChainSettings,
    private readonly client: ChainClient,
    private readonly codec: ChainCodec,
    private readonly registry: ProjectionRegistry,
    private readonly uow: UnitOfWork,
    private readonly store: IndexerStore,
    private readonly relays: RelayWatch,
    private readonly ledger: LedgerCheck,
    private readonly outbox: OutboxService,
  ) {
    this.topics = codec.topics();
  }

  /** Checks that node, deployment record and database are about the same chain. Throws {@link ChainBroken} if not. */
  async identify(): Promise<void> {
    const chainId = await this.client.chainId();
    if (chainId !== this.settings.chainId)
      throw new ChainBroken(
        `the chain endpoint serves chain ${chainId}, the deployment record is for ${this.settings.chainId}`,
      );
    const genesis = await this.client.block(0);
    if (genesis?.hash !== this.settings.genesisHash.toLowerCase())
      throw new ChainBroken(
        `the chain's first block is ${genesis?.hash ?? 'missing'}, the deployment record names ${this.settings.genesisHash}`,
      );
    for (const [name, address] of Object.entries(this.settings.contracts))
      if ((await this.client.code(address)) === '0x')
        throw new ChainBroken(`there is no code at ${address}, where the deployment record has ${name}`);
    const stored = await this.store.genesis(this.uow.manager);
    if (stored !== null && stored !== genesis.hash)
      throw new ChainBroken(
        `the database was filled from a chain that begins with ${stored}, this one begins with ${genesis.hash}`,
      );
  }

  /** Called once after winning the leadership: raises the epoch, so that an earlier leader's writes are refused. */
  async takeOver(): Promise<void> {
    this.codec.check(this.registry.events());
    await this.attachJournal();
    if ((await this.store.cursor(this.uow.manager)) === null) {
      const before = await this.client.block(Math.max(0, this.settings.fromBlock - 1));
      if (!before) throw new InconsistentAnswer('the chain is shorter than the deployment record says');
      await this.uow.transaction((em) => this.store.begin(em, this.settings.genesisHash, before));
    }
    await this.uow.transaction(async (em) => {
      for (const [kind, address] of Object.entries(this.settings.contracts) as [ContractKind, string][])
        // From block 0: no rewind may forget them.
        if (kind !== 'MilestoneEscrow') await this.store.addContract(em, address, kind, 0);
    });
    this.cursor = await this.uow.transaction((em) => this.store.takeOver(em));
    this.known = await this.store.contracts(this.uow.manager);
  }

  /** One look at the chain and at most one step of each sort. */
  async step(): Promise<StepResult> {
    const cursor = this.position();
    const [head, same, tagged] = await this.client.blocks(
      this.settings.finalityDepth === null ? ['latest', cursor.block, 'finalized'] : ['latest', cursor.block],
    );
    if (!head) throw new InconsistentAnswer('the node has no newest block');
    if (head.number < cursor.block) {
      const ours = await this.store.hashAt(this.uow.manager, head.number);
      if (ours === null || ours === head.hash) return 'behind';
      return this.reorganise(head.number);
    }
    if (!same) throw new InconsistentAnswer(`the node has block ${head.number} but not ${cursor.block}`);
    if (same.hash !== cursor.hash) return this.reorganise(cursor.block);

    const final =
      this.settings.finalityDepth === null ? (tagged?.number ?? 0) : head.number - this.settings.finalityDepth;
    const advanced = head.number > cursor.block;
    if (advanced) await this.advance(head.number);
    const promoted = await this.promote(final);
    return advanced || promoted ? 'advanced' : 'idle';
  }

  /** A decoded log, or null for one that no ABI of its contract explains. */
  decode(log: RawLog, time: number, kind: ContractKind | undefined): ChainLog | null {
    const decoded = kind === undefined ? null : this.codec.event(kind, log.topics, log.data);
    if (!decoded || kind === undefined) return null;
    return new ChainLog({
      chainId: this.settings.chainId,
      block: { number: log.block, hash: log.blockHash, time },
      logIndex: log.logIndex,
      txHash: log.txHash,
      address: getAddress(log.address),
      contract: kind,
      event: decoded.event,
      args: decoded.args,
    });
  }

  private position(): Cursor {
    if (!this.cursor) throw new Error('the indexer has not taken over yet');
    return this.cursor;
  }

  private async advance(head: number): Promise<void> {
    const cursor = this.position();
    const to = Math.min(head, cursor.block + this.span);
    let span: Span;
    let inclusions: readonly RelayedInclusion[];
    try {
      span = await this.client.span(cursor.block + 1, to, cursor.hash, this.topics);
      inclusions = await this.relays.inclusions(span.blocks);
      this.span = Math.min(LARGEST_SPAN, this.span + 16);
    } catch (error) {
      if (error instanceof RpcUnavailable) this.span = Math.max(1, Math.floor(this.span / 2));
      throw error;
    }
    const known = new Map(this.known);
    const { raw, logs } = this.ours(span, known);
    const last = span.blocks.at(-1);
    if (!last) return;
    await this.uow.transaction(async (em) => {
      await this.store.lock(em, cursor);
      await this.store.addBlocks(em, span.blocks);
      await this.store.addLogs(em, raw);
      for (const [address, kind] of known)
        if (!this.known.has(address)) await this.store.addContract(em, address, kind, firstBlock(raw, address, last));
      await this.project(em, logs);
      await this.registry.announce(em, 'onIncluded', logs);
      await this.relays.settle(em, inclusions);
      await this.store.move(em, last.number, last.hash);
    });
    this.known = known;
    this.cursor = { ...cursor, block: last.number, hash: last.hash };
    const escrows = raw.map((log) => log.address).filter((address) => known.get(address) === 'MilestoneEscrow');
    if (await this.ledger.check([...new Set(escrows)], last)) this.doubts = 0;
    else if (this.doubts < MOST_DOUBTS) await this.readAgain();
  }

  /** Events are missing: forgets what is not final and reads it anew, from another endpoint if there is one. */
  private async readAgain(): Promise<void> {
    this.doubts += 1;
    this.client.distrust();
    const cursor = this.position();
    const block = await this.client.block(cursor.finalized);
    if (!block || block.hash !== (await this.store.hashAt(this.uow.manager, cursor.finalized)))
      throw new InconsistentAnswer(`block ${cursor.finalized} is not the one that was final here`);
    await this.rewind(block);
  }

  /** Keeps the logs of our contracts, in chain order, so that a clone counts from its first event in its first block. */
  private ours(span: Span, known: Map<string, ContractKind>): { raw: RawLog[]; logs: ChainLog[] } {
    const times = new Map(span.blocks.map((block) => [block.number, block.time]));
    const raw: RawLog[] = [];
    const logs: ChainLog[] = [];
    const early = new Map<string, RawLog[]>();
    const keep = (log: RawLog): void => {
      raw.push(log);
      const decoded = this.decode(log, times.get(log.block) ?? 0, known.get(log.address));
      if (!decoded) return;
      logs.push(decoded);
      if (decoded.contract === 'EscrowFactory' && decoded.event === 'EscrowCreated') {
        const clone = decoded.account('escrow').toLowerCase();
        known.set(clone, 'MilestoneEscrow');
        for (const before of early.get(`${log.txHash}/${clone}`) ?? []) keep(before);
      }
    };
    for (const log of span.logs) {
      if (known.has(log.address)) keep(log);
      else {
        const key = `${log.txHash}/${log.address}`;
        early.set(key, [...(early.get(key) ?? []), log]);
      }
    }
    const inOrder = (a: { logIndex: number }, b: { logIndex: number }, x: number, y: number): number =>
      x - y || a.logIndex - b.logIndex;
    raw.sort((a, b) => inOrder(a, b, a.block, b.block));
    logs.sort((a, b) => inOrder(a, b, a.block.number, b.block.number));
    return { raw, logs };
  }

  private async project(em: EntityManager, logs: readonly ChainLog[]): Promise<void> {
    let place: number | undefined;
    for (const log of logs) {
      if (log.block.number !== place) await this.store.place(em, log.block.number);
      place = log.block.number;
      await this.registry.apply(em, log);
    }
  }

  private async promote(final: number): Promise<boolean> {
    const cursor = this.position();
    const to = Math.min(cursor.block, final, cursor.finalized + PROMOTION);
    if (to <= cursor.finalized || (await this.store.openGaps(this.uow.manager)) > 0) return false;
    await this.uow.transaction(async (em) => {
      await this.store.lock(em, cursor);
      const logs = this.explain(await this.store.logs(em, cursor.finalized, to));
      await this.registry.announce(em, 'onFinal', logs);
      await this.store.finalize(em, cursor.finalized, to);
    });
    this.cursor = { ...cursor, finalized: to };
    return true;
  }

  private async reorganise(differs: number): Promise<StepResult> {
    await this.rewind(await this.ancestor(this.position().finalized, differs));
    return 'reverted';
  }

  private async rewind(ancestor: BlockHeader): Promise<void> {
    const cursor = this.position();
    await this.uow.transaction(async (em) => {
      await this.store.lock(em, cursor);
      const logs = this.explain(await this.store.logs(em, ancestor.number, cursor.block));
      await this.store.revert(em, ancestor.number, ancestor.hash);
      await this.registry.announce(em, 'onReverted', logs.toReversed());
      await this.outbox.emit(em, {
        type: 'chain.reorganised',
        ids: { chain: this.settings.chainId, from: ancestor.number + 1, to: cursor.block },
      });
    });
    this.known = await this.store.contracts(this.uow.manager);
    this.cursor = { ...cursor, block: ancestor.number, hash: ancestor.hash };
  }

  /** The newest block that both the node and the database have. `differs` is a block where they do not agree. */
  private async ancestor(finalized: number, differs: number): Promise<BlockHeader> {
    const agreed = async (number: number): Promise<BlockHeader | null> => {
      const [block, ours] = [await this.client.block(number), await this.store.hashAt(this.uow.manager, number)];
      return block !== null && block.hash === ours ? block : null;
    };
    let best = await agreed(finalized);
    if (!best)
      throw new ChainBroken(
        `block ${finalized} was final here and is another one on the chain now; indexing stopped, nothing was changed`,
      );
    let low = finalized;
    let high = differs;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const found = await agreed(middle);
      if (found) [best, low] = [found, middle];
      else high = middle;
    }
    return best;
  }

  private explain(stored: readonly StoredLog[]): ChainLog[] {
    return stored.flatMap((log) => this.decode(log, log.time, this.known.get(log.address)) ?? []);
  }

  /** Gives every projection table the trigger that journals its changes (and refuses those of strangers). */
  private async attachJournal(): Promise<void> {
    for (const table of this.registry.tables()) {
      if (!/^[a-z][a-z0-9_]*$/.test(table)) throw new Error(`"${table}" is not a table name`);
      await this.uow.transaction(async (em) => {
        await em.query(`select pg_advisory_xact_lock(hashtext('chain_journal'))`);
        const found: unknown = await em.query(
          `select 1 from pg_trigger where tgrelid = $1::regclass and tgname = 'chain_journal'`,
          [table],
        );
        if (Array.isArray(found) && found.length === 0)
          await em.query(
            `create trigger chain_journal after insert or update or delete on ${table} for each row execute function chain_journal()`,
          );
      });
    }
  }
}

const firstBlock = (logs: readonly RawLog[], address: string, last: BlockHeader): number =>
  logs.find((log) => log.address === address)?.block ?? last.number;
