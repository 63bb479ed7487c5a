import { createHash, randomBytes } from 'node:crypto';
import { id } from 'ethers';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { AuditEvent } from '../modules/audit/index.js';
import { createLogFixture, type LogFixture } from '../modules/audit/testing/log-fixture.js';

let log: LogFixture;
const person = uuidv7();
const project = uuidv7();
const other = uuidv7();
const termsHash = '11'.repeat(32);
const digest = '22'.repeat(32);

type Event = Pick<AuditEvent, 'type' | 'subject'> & Partial<AuditEvent>;
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const append = async (tx: EntityManager, event: Event): Promise<void> => {
  await log.audit.append(tx, { actor: { system: 'test' }, ...event });
};

beforeAll(async () => {
  log = await createLogFixture();
  await log.database.dataSource.query(`INSERT INTO person (id, name) VALUES ($1, 'Clara')`, [person]);
  await log.database.uow.transaction(async (tx) => {
    for (const id of [project, other]) {
      await insertProject(tx, id);
      await append(tx, { type: 'project.created', subject: ['project', id], refs: { termsHash } });
    }
    await insertManifest(tx, digest);
    await append(tx, { type: 'manifest.made', subject: ['milestone', `${project}/0`], refs: { digest } });
  });
}, 60_000);
afterAll(() => log?.close());

const insertProject = (tx: EntityManager, id: string): Promise<unknown> =>
  tx.query(
    `INSERT INTO project (id, title, summary, terms, salt, created_by, client, contributor, total, terms_hash, args_hash, escrow)
     VALUES ($1, 't', 's', '{}', $2, $3, $4, $4, 1, $5, $5, $6)`,
    [id, randomBytes(16), person, bytes('aa'.repeat(20)), bytes(termsHash), randomBytes(20)],
  );
const insertManifest = (tx: EntityManager, hex: string): Promise<unknown> =>
  tx.query(
    `INSERT INTO deliverable_manifest (digest, project_id, milestone, manifest, confidential, made_by) VALUES ($1, $2, 0, '{}', '{}', $3)`,
    [bytes(hex), project, person],
  );

interface Case {
  readonly table: string;
  readonly name: string;
  /** Writes a fresh row. */
  readonly write: (tx: EntityManager, key: string) => Promise<unknown>;
  readonly event: (key: string) => Event;
}

const cases: Case[] = [
  {
    table: 'ballot_received',
    name: 'a vote',
    write: (tx, key) =>
      tx.query(
        `INSERT INTO ballot_received (id, chain_id, ballot, project, milestone, seat, seat_account, approve, reason, typed_account, signature, person, post_by)
         VALUES ($1, 1, $2, $3, 0, 3, '\\x01', true, '\\x', '\\x01', '\\x01', $4, now())`,
        [uuidv7(), bytes(key), project, person],
      ),
    event: (key) => ({ type: 'ballot.received', subject: ['ballot', key], refs: { seat: 3, approve: true } }),
  },
  {
    table: 'oracle_report',
    name: 'a verdict of the oracle',
    write: (tx, key) =>
      tx.query(
        `INSERT INTO oracle_report (id, request, report_hash, raw, context, signatures, outcome, milliseconds, nodes)
         VALUES ($1, $2, '\\x01', '\\x01', '\\x01', '[]', 'sent', 1, '[]')`,
        [uuidv7(), bytes(key)],
      ),
    event: (key) => ({ type: 'acceptance.run', subject: ['oracle-request', key] }),
  },
  {
    table: 'relay_intent',
    name: 'a call that moves money',
    write: (tx, key) => insertIntent(tx, uuidOf(key)),
    event: (key) => ({ type: 'intent.accepted', subject: ['intent', uuidOf(key)] }),
  },
  {
    table: 'relay_intent',
    name: 'the opening of an escrow',
    write: (tx, key) => insertIntent(tx, uuidOf(key)),
    event: (key) => ({ type: 'creation.requested', subject: ['project', project], refs: { intent: uuidOf(key) } }),
  },
  {
    table: 'project',
    name: 'a draft',
    write: (tx, key) => insertProject(tx, uuidOf(key)),
    event: (key) => ({ type: 'project.created', subject: ['project', uuidOf(key)], refs: { termsHash } }),
  },
  {
    table: 'project_signature',
    name: 'a signature under the terms',
    write: (tx, key) => sign(tx, key, 'client'),
    event: () => ({ type: 'terms.signed', subject: ['project', project], refs: { role: 'client' } }),
  },
  {
    table: 'deliverable_file',
    name: 'an upload',
    write: (tx, key) =>
      tx.query(
        `INSERT INTO deliverable_file (project_id, milestone, sha256, size, name, uploaded_by) VALUES ($1, 2, $2, $3, 'x', $4)`,
        [project, bytes(key), sizeOf(key), person],
      ),
    event: (key) => ({
      type: 'deliverable.uploaded',
      subject: ['milestone', `${project}/2`],
      refs: { size: sizeOf(key) },
    }),
  },
  {
    table: 'deliverable_manifest',
    name: 'a manifest',
    write: (tx, key) => insertManifest(tx, key),
    event: (key) => ({ type: 'manifest.made', subject: ['milestone', `${project}/0`], refs: { digest: `0x${key}` } }),
  },
  {
    table: 'deliverable_download',
    name: 'a look at a deliverable',
    write: (tx, key) =>
      tx.query('INSERT INTO deliverable_download (id, digest, sha256, person_id) VALUES ($1, $2, $3, $4)', [
        uuidv7(),
        bytes(digest),
        bytes(key),
        person,
      ]),
    event: () => ({ type: 'deliverable.viewed', subject: ['milestone', `${project}/0`], refs: { digest } }),
  },
  {
    table: 'oracle_run',
    name: 'what the oracle’s nodes said',
    write: (tx, key) =>
      tx.query(
        `INSERT INTO oracle_run (request, execution, attempt, state, milliseconds, nodes) VALUES ($1, $1, 1, 'waiting', 1, '[]')`,
        [bytes(key)],
      ),
    event: (key) => ({ type: 'acceptance.run', subject: ['oracle-request', key] }),
  },
  {
    table: 'oracle_evidence',
    name: 'evidence for the oracle',
    write: (tx, key) =>
      tx.query(`INSERT INTO oracle_evidence (request, name, body, sha256) VALUES ($1, 'gold', $1, sha256($1))`, [
        bytes(key),
      ]),
    event: (key) => ({ type: 'evidence.stored', subject: ['oracle-request', key] }),
  },
  {
    table: 'oracle_document',
    name: 'criteria',
    write: (tx, key) => tx.query('INSERT INTO oracle_document (sha256, body) VALUES (sha256($1), $1)', [bytes(key)]),
    event: (key) => ({ type: 'document.stored', subject: ['document', sha256Of(key)] }),
  },
];

const uuidOf = (key: string): string =>
  `${key.slice(0, 8)}-${key.slice(8, 12)}-7${key.slice(13, 16)}-8${key.slice(17, 20)}-${key.slice(20, 32)}`;
const sizeOf = (key: string): number => parseInt(key.slice(0, 7), 16) + 1;
const sha256Of = (key: string): string => createHash('sha256').update(bytes(key)).digest('hex');
const insertIntent = (tx: EntityManager, id: string, by: string | null = person): Promise<unknown> =>
  tx.query(
    `INSERT INTO relay_intent (id, chain_id, project, person, kind, action, idempotency) VALUES ($1, 1, $2, $3, 'claim', '{}', $4)`,
    [id, project, by, id],
  );
const sign = (tx: EntityManager, key: string, role: string): Promise<unknown> =>
  tx.query(
    `INSERT INTO project_signature (project_id, role, signer, deadline, signature, signed_by) VALUES ($1, $2, $3, 1, $4, $5)
     ON CONFLICT (project_id, role) DO UPDATE SET signature = excluded.signature`,
    [project, role, bytes('bb'.repeat(20)), bytes(key), person],
  );
const freshKey = (): string => randomBytes(32).toString('hex');
const tx = <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> => log.database.uow.transaction(work);

describe.each(cases)('$name ($table)', ({ table, write, event }) => {
  const refused = new RegExp(`${table}: (INSERT|UPDATE) without its audit event`);

  test('is committed with its event, in either order', async () => {
    for (const [first, second] of [
      [write, (m: EntityManager, key: string) => append(m, event(key))],
      [(m: EntityManager, key: string) => append(m, event(key)), write],
    ] as const) {
      const key = freshKey();
      await tx(async (m) => {
        await first(m, key);
        await second(m, key);
      });
    }
  });

  test('is refused at commit without its event, and nothing of the transaction stays', async () => {
    const marker = uuidv7();
    await expect(
      tx(async (m) => {
        await write(m, freshKey());
        await append(m, { type: 'project.edited', subject: ['marker', marker] });
      }),
    ).rejects.toThrow(refused);
    expect(
      await log.database.dataSource.query('SELECT 1 FROM audit_event WHERE subject_id = $1', [marker]),
    ).toHaveLength(0);
  });

  test('is refused with the event of another kind, of another row, of an earlier transaction, or one taken back', async () => {
    await expect(
      tx(async (m) => {
        const key = freshKey();
        await write(m, key);
        await append(m, { ...event(key), type: 'config.changed' });
      }),
    ).rejects.toThrow(refused);
    await expect(
      tx(async (m) => {
        const key = freshKey();
        await write(m, key);
        const [type] = event(key).subject;
        await append(m, { ...event(key), subject: [type, other], refs: {} });
      }),
    ).rejects.toThrow(refused);
    await expect(
      (async () => {
        const key = freshKey();
        await tx((m) => append(m, event(key)));
        await tx((m) => write(m, key));
      })(),
    ).rejects.toThrow(refused);
    await expect(
      tx(async (m) => {
        const key = freshKey();
        await write(m, key);
        await m.query('SAVEPOINT before');
        await append(m, event(key));
        await m.query('ROLLBACK TO SAVEPOINT before');
      }),
    ).rejects.toThrow(refused);
  });
});

describe('a block of the chain', () => {
  const blockHash = 'cc'.repeat(32);
  const txHash = 'dd'.repeat(32);
  const setUp = async (m: EntityManager, topic = 'ee'.repeat(32)): Promise<void> => {
    await m.query(
      `INSERT INTO chain_cursor (chain_id, genesis, block, hash, finalized) VALUES (7, '\\x00', 9, '\\x01', 4)`,
    );
    await m.query(`INSERT INTO chain_block (chain_id, number, hash, parent, time) VALUES (7, 5, $1, '\\x00', 1)`, [
      bytes(blockHash),
    ]);
    await m.query(
      `INSERT INTO chain_log (chain_id, block, log_index, address, topics, data, tx) VALUES (7, 5, 3, '\\x01', $1, '', $2)`,
      [bytes(topic), bytes(txHash)],
    );
  };
  const finalize = (m: EntityManager): Promise<unknown> =>
    m.query('UPDATE chain_cursor SET finalized = 5 WHERE chain_id = 7');
  const fact = (logIndex: number, hash = blockHash): Event => ({
    type: 'milestone.paid',
    subject: ['project', project],
    actor: { chain: 7 },
    chain: { chainId: 7, blockHash: `0x${hash}`, txHash: `0x${txHash}`, logIndex },
  });
  const takenBack = new Error('taken back');
  /** Runs `work` up to where the commit would check, then takes everything back. */
  const checked = (work: (m: EntityManager) => Promise<void>): Promise<void> =>
    tx(async (m) => {
      await work(m);
      await m.query('SET CONSTRAINTS ALL IMMEDIATE');
      throw takenBack;
    });

  test('becomes final with an entry for each log', async () => {
    const whole = checked(async (m) => {
      await setUp(m);
      await append(m, fact(3));
      await finalize(m);
    });
    await expect(whole).rejects.toThrow(takenBack);
  });

  test.each([
    ['without an entry', []],
    ['with the entry of another log', [fact(4)]],
    ['with the entry of a block that is no more', [fact(3, 'ab'.repeat(32))]],
  ])('does not become final %s', async (_, facts) => {
    const lacking = checked(async (m) => {
      await setUp(m);
      for (const event of facts) await append(m, event);
      await finalize(m);
    });
    await expect(lacking).rejects.toThrow('block 5 cannot become final, its log 3 has no audit event');
  });

  test('needs none for the anchor of the log', async () => {
    const anchored = checked(async (m) => {
      await setUp(m, id('Anchored(uint64,bytes32,uint64)').slice(2));
      await finalize(m);
    });
    await expect(anchored).rejects.toThrow(takenBack);
  });
});

describe('beyond single rows', () => {
  test('the signatures that an edit withdraws are named one by one', async () => {
    await tx(async (m) => {
      for (const role of ['client', 'contributor']) {
        await sign(m, freshKey(), role);
        await append(m, { type: 'terms.signed', subject: ['project', project], refs: { role } });
      }
    });
    const withdraw = (roles: string[]): Promise<void> =>
      tx(async (m) => {
        await m.query('DELETE FROM project_signature WHERE project_id = $1', [project]);
        for (const role of roles)
          await append(m, { type: 'terms.withdrawn', subject: ['project', project], refs: { role } });
      });
    await expect(withdraw(['client'])).rejects.toThrow('project_signature: DELETE without');
    await withdraw(['client', 'contributor']);
  });

  test('terms cannot be changed silently, other columns can', async () => {
    await expect(tx((m) => m.query('UPDATE project SET total = 2 WHERE id = $1', [other]))).rejects.toThrow(
      'project: UPDATE without',
    );
    await tx((m) => m.query('UPDATE project SET updated_at = now() WHERE id = $1', [other]));
  });

  test('calls that nobody asked for, such as a clock running out, need no event of a person', async () => {
    await tx((m) => insertIntent(m, uuidv7(), null));
  });

  test('a table of the same name in another schema does not stand in for the log', async () => {
    await expect(
      tx(async (m) => {
        await m.query('CREATE TEMPORARY TABLE audit_event ON COMMIT DROP AS SELECT * FROM public.audit_event');
        await m.query('UPDATE audit_event SET xid = pg_current_xact_id()');
        await insertIntent(m, uuidv7());
      }),
    ).rejects.toThrow('relay_intent: INSERT without');
  });

  test('each table demands events, or stands here with the reason why not', async () => {
    const rows = await log.database.dataSource.query<{ name: string; demanded: boolean }[]>(`
      SELECT c.relname AS name, EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_audited') AS demanded
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' ORDER BY 1`);
    expect(rows.filter((row) => !row.demanded).map((row) => row.name)).toEqual(Object.keys(exempt).sort());
    expect(rows.filter((row) => row.demanded).map((row) => row.name)).toEqual(
      [...new Set(cases.map(({ table }) => table)), 'chain_cursor'].sort(),
    );
  });
});

const PROJECTION = 'rebuilt from the chain, whose events are entries of their own once they are final';
const QUEUE = 'a queue or cursor of the service';
const LOG = 'part of the log';
const ACCESS = 'who is who, not money or votes; the routes that write it are checked at run time';

const exempt: Record<string, string> = {
  ...Object.fromEntries(
    [
      'escrow_project',
      'escrow_milestone',
      'escrow_submission',
      'escrow_payment',
      'gate_policy',
      'gate_roster',
      'gate_ballot',
      'gate_vote',
      'oracle_request',
      'arbitration_dispute',
      'reward_escrow',
      'reward_milestone',
      'reward_request',
      'reward_fee',
      'reward_line',
      'reputation_line',
    ].map((table) => [table, PROJECTION]),
  ),
  ...Object.fromEntries(
    [
      'chain_block',
      'chain_contract',
      'chain_log',
      'chain_undo',
      'chain_gap',
      'chain_ledger',
      'relay_lane',
      'relay_attempt',
      'outbox',
      'feed',
      'feed_lead',
      'idempotency_key',
      'schema_migration',
    ].map((table) => [table, QUEUE]),
  ),
  ...Object.fromEntries(
    [
      'actor_alias',
      'audit_event',
      'audit_payload',
      'audit_pending',
      'audit_leaf',
      'audit_subtree',
      'audit_checkpoint',
      'audit_cosignature',
      'audit_lead',
    ].map((table) => [table, LOG]),
  ),
  ...Object.fromEntries(
    ['person', 'signer', 'login_nonce', 'login_session', 'erasure_request', 'legal_hold', 'auditor_grant'].map(
      (table) => [table, ACCESS],
    ),
  ),
  project_member: 'derived from the terms of the project, whose row demands its event',
};
