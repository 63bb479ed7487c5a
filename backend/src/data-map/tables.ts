/**
 * What is stored, field by field: every column of every table stands here once, or a test fails. A column is `no` (says nothing
 * about a person), `pseudonym` (a random id or a wallet address: it points at a person only through `person`, `signer` or
 * `actor_alias`), or `personal` (names or describes a person, or is text in which somebody may have written so).
 */
export interface TableEntry {
  readonly table: string;
  readonly purpose: string;
  /** Columns, separated by spaces. */
  readonly no: string;
  readonly pseudonym?: string;
  readonly personal?: string;
  readonly retention: string;
  readonly erasure: string;
}

const FOR_EVER = 'as long as the log exists';
const PROJECT = 'as long as the project’s claims can be enforced; 10 years unless law says longer';
const REBUILT = 'copy of the chain; rebuilt from block 0 at any time';
const NONE = 'nothing about a person';
const CHAIN = 'stays: the chain is public. The link from the address to a person goes with `signer`';
const EVIDENCE =
  'stays as evidence for the other parties (GDPR Art. 17(3)(e)). The ids in it point nowhere once the person is erased';
const LINK = 'the id points nowhere once the person is erased';

export const tables: readonly TableEntry[] = [
  // People
  {
    table: 'public.person',
    purpose: 'people',
    no: 'created_at updated_at erased_at dek_id',
    pseudonym: 'id',
    personal: 'name sealed_name',
    retention: 'until erasure',
    erasure:
      'name and its key are destroyed; the row stays as an empty number. `name` is only of an older release and sealed at start',
  },
  {
    table: 'public.signer',
    purpose: 'which wallet is whose',
    no: 'created_at',
    pseudonym: 'address person_id',
    retention: 'until erasure',
    erasure: 'row deleted',
  },
  { table: 'public.login_nonce', purpose: 'sign-in', no: 'nonce expires_at', retention: '5 minutes', erasure: NONE },
  {
    table: 'public.login_session',
    purpose: 'logins',
    no: 'token_hash created_at seen_at expires_at',
    pseudonym: 'person_id address',
    retention: '7 days',
    erasure: 'row deleted',
  },
  {
    table: 'public.erasure_request',
    purpose: 'requests to be forgotten',
    no: 'id state requested_at decided_at reason event_id',
    pseudonym: 'person_id',
    retention: FOR_EVER,
    erasure: `stays: proof that the duty was met; ${LINK}`,
  },
  {
    table: 'public.legal_hold',
    purpose: 'why an erasure must wait',
    no: 'id reason set_at lifted_at',
    pseudonym: 'person_id',
    retention: FOR_EVER,
    erasure: `stays; ${LINK}`,
  },
  {
    table: 'public.auditor_grant',
    purpose: 'who audits what, until when',
    no: 'id project_id granted_at expires_at revoked_at',
    pseudonym: 'account granted_by',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  {
    table: 'public.idempotency_key',
    purpose: 'answers kept for a retry',
    no: 'key request_hash created_at',
    pseudonym: 'actor',
    personal: 'body',
    retention: '24 hours',
    erasure: 'encrypted under the key that the request carried, which is stored nowhere; gone after a day',
  },
  // Projects and work
  {
    table: 'public.project',
    purpose: 'drafts and terms',
    no: 'id salt version total terms_hash args_hash escrow creation_intent created_at updated_at',
    pseudonym: 'created_by client contributor',
    personal: 'title summary terms',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  {
    table: 'public.project_member',
    purpose: 'parties',
    no: 'project_id role',
    pseudonym: 'account',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  {
    table: 'public.project_signature',
    purpose: 'signatures under the terms',
    no: 'project_id role deadline signed_at',
    pseudonym: 'signer signature signed_by',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  {
    table: 'public.deliverable_file',
    purpose: 'uploaded files',
    no: 'project_id milestone sha256 size uploaded_at',
    pseudonym: 'uploaded_by',
    personal: 'name',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  {
    table: 'public.deliverable_manifest',
    purpose: 'what a submission consists of',
    no: 'digest project_id milestone made_at',
    pseudonym: 'made_by',
    personal: 'manifest confidential',
    retention: PROJECT,
    erasure: `${EVIDENCE}. Its hash is on the chain`,
  },
  {
    table: 'public.deliverable_download',
    purpose: 'who opened which file',
    no: 'id digest sha256 downloaded_at',
    pseudonym: 'person_id',
    retention: PROJECT,
    erasure: LINK,
  },
  {
    table: 'public.ballot_received',
    purpose: 'signed ballots',
    no: 'id chain_id ballot project milestone seat approve reason received_at post_by intent',
    pseudonym: 'seat_account typed_account signature person',
    personal: 'reason_document',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  // Oracle
  {
    table: 'public.oracle_document',
    purpose: 'acceptance criteria and evidence, public by agreement',
    no: 'sha256 stored_at',
    pseudonym: 'stored_by',
    personal: 'body',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  {
    table: 'public.oracle_request',
    purpose: 'questions to the oracle',
    no: 'chain_id request escrow milestone round digest criteria requested_at expires_at verdict pay_bps observed_at metrics evidence recorded_at recorded_tx pushed latched',
    retention: REBUILT,
    erasure: NONE,
  },
  {
    table: 'public.oracle_report',
    purpose: 'what the nodes reported',
    no: 'id request report_hash raw context signatures outcome tx reason milliseconds nodes result sources received_at',
    retention: PROJECT,
    erasure: NONE,
  },
  {
    table: 'public.oracle_run',
    purpose: 'attempts of the oracle network',
    no: 'request execution attempt state error retry_at milliseconds nodes received_at',
    retention: PROJECT,
    erasure: NONE,
  },
  {
    table: 'public.oracle_evidence',
    purpose: 'evidence handed in for a question to the oracle, public by agreement',
    no: 'request name sha256 stored_at',
    pseudonym: 'stored_by',
    personal: 'body',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  // The log
  {
    table: 'public.audit_event',
    purpose: 'entries of the log: public headers without names, addresses or text',
    no: 'id leaf_hash type at project_id chain_id block_hash tx_hash log_index xid',
    pseudonym: 'header actor subject_type subject_id',
    retention: FOR_EVER,
    erasure: 'stays: without pseudonym and salts it points at nobody, and every proof needs it',
  },
  {
    table: 'public.audit_payload',
    purpose: 'private sections of entries, encrypted under the key of whom they are about',
    no: 'event_id section iv tag dek_id erased_at',
    pseudonym: 'subject_ref',
    personal: 'salt ciphertext',
    retention: 'until erasure',
    erasure: 'salt and ciphertext emptied, key destroyed',
  },
  {
    table: 'audit_keys.audit_dek',
    purpose: 'keys of subjects, wrapped; dumped apart and kept 30 days',
    no: 'id kek_id created_at shredded_at',
    pseudonym: 'subject_ref',
    personal: 'wrapped_dek',
    retention: 'until erasure; in backups 30 days',
    erasure: 'key destroyed',
  },
  {
    table: 'public.actor_alias',
    purpose: 'random pseudonym of a person in a project',
    no: 'project_id',
    pseudonym: 'actor_ref person_id',
    retention: 'until erasure',
    erasure: 'row deleted',
  },
  ...[
    ['audit_pending', 'entries that wait for a place', 'pos event_id'],
    ['audit_leaf', 'leaves', 'idx event_id leaf_hash'],
    ['audit_subtree', 'inner hashes', 'lvl idx hash'],
    ['audit_checkpoint', 'heads', 'size root epoch created_at'],
    ['audit_cosignature', 'signatures of heads', 'size key line at'],
    ['audit_lead', 'state of the sequencer', 'one epoch halted'],
  ].map(([table = '', purpose = '', no = '']) => ({
    table: `public.${table}`,
    purpose,
    no,
    retention: FOR_EVER,
    erasure: NONE,
  })),
  // Announcements and transactions
  {
    table: 'public.outbox',
    purpose: 'announcements on their way',
    no: 'pos type ids project_id finality',
    pseudonym: 'person_id',
    retention: 'seconds',
    erasure: LINK,
  },
  {
    table: 'public.feed',
    purpose: 'announcements',
    no: 'seq type ids project_id finality at',
    pseudonym: 'person_id',
    retention: '7 days',
    erasure: LINK,
  },
  {
    table: 'public.feed_lead',
    purpose: 'state of the notifier',
    no: 'one epoch seq',
    retention: REBUILT,
    erasure: NONE,
  },
  {
    table: 'public.relay_intent',
    purpose: 'calls carried to the chain',
    no: 'id chain_id project milestone kind idempotency state gas sender nonce tx block problem tries not_before created_at changed_at',
    pseudonym: 'person action',
    retention: PROJECT,
    erasure: `the call is on the chain; ${LINK}`,
  },
  {
    table: 'public.relay_attempt',
    purpose: 'signed transactions',
    no: 'hash intent max_fee priority signed_at sent_at is_void',
    pseudonym: 'raw',
    retention: PROJECT,
    erasure: CHAIN,
  },
  {
    table: 'public.relay_lane',
    purpose: 'nonces of the relayer',
    no: 'chain_id sender next_nonce epoch stopped',
    retention: REBUILT,
    erasure: NONE,
  },
  // Copies of the chain
  ...(
    [
      ['chain_cursor', 'position', 'chain_id genesis block hash finalized epoch'],
      ['chain_block', 'blocks', 'chain_id number hash parent time'],
      ['chain_contract', 'known contracts', 'chain_id address kind from_block'],
      ['chain_gap', 'doubtful ranges', 'id chain_id block subject reason opened_at closed_at'],
      ['chain_ledger', 'books of escrows', 'chain_id escrow booked'],
      ['chain_log', 'events', 'chain_id block log_index address tx', 'topics data'],
      ['chain_undo', 'journal for reorganisations', 'seq chain_id block relation', 'row_before row_after'],
      ['arbitration_dispute', 'disputes', 'chain_id dispute escrow milestone round'],
      [
        'escrow_project',
        'books of a project',
        'escrow token total args terms_hash policy_hash version funded outflow paid fees refunded credited claimed refundable holdback activated cancel_at decided_at created_block created_tx changed_block changed_at',
        'client contributor',
      ],
      [
        'escrow_milestone',
        'milestones',
        'escrow m status round amount due fund_by profile shift late_bps standing_bps digest submitted_at clock exit_by reason_hash cause pay_bps gross late_credit holdback fee net refundable decided_at decided_tx',
      ],
      ['escrow_submission', 'submissions', 'escrow m round digest late_bps decide_by submitted_at tx'],
      ['escrow_payment', 'payments', 'escrow tx log_index block amount m kind credited at', 'account'],
      ['gate_policy', 'shared policies', 'chain_id policy_hash gate_policy block'],
      ['gate_roster', 'seats', 'chain_id escrow version block milestones', 'data client'],
      [
        'gate_ballot',
        'ballots',
        'chain_id ballot escrow milestone round question pay_bps digest version policy status deadline extended hold_until decided_bps decided_at decided_tx verdict verdict_bps recounted opened_at opened_block',
      ],
      ['gate_vote', 'votes by seat', 'chain_id ballot approve reason at tx', 'seat'],
      ['reward_escrow', 'whose work earns', 'chain_id escrow token start profiles', 'client payees funders'],
      [
        'reward_milestone',
        'quality of work',
        'chain_id escrow milestone due profile shift round submitted_at score_round score_bps holdback factors',
      ],
      ['reward_request', 'questions to the oracle', 'chain_id request escrow milestone round'],
      ['reward_fee', 'fees', 'chain_id block log_index milestone escrow source fee net base epoch at tx'],
      ['reward_line', 'rewards', 'chain_id block log_index milestone ordinal role share_bps w q t r settle', 'account'],
      [
        'reputation_line',
        'reputation',
        'chain_id block log_index milestone net before standing units epoch at',
        'account client',
      ],
    ] as const
  ).map(([table, purpose, no, pseudonym]) => ({
    table: `public.${table}`,
    purpose,
    no,
    ...(pseudonym === undefined ? {} : { pseudonym }),
    retention: REBUILT,
    erasure: pseudonym === undefined ? NONE : CHAIN,
  })),
  {
    table: 'public.schema_migration',
    purpose: 'version of the schema',
    no: 'id timestamp name',
    retention: FOR_EVER,
    erasure: NONE,
  },
];

/** The three lists of an entry. */
export const columnsOf = (entry: TableEntry): { column: string; sort: 'no' | 'pseudonym' | 'personal' }[] =>
  (['no', 'pseudonym', 'personal'] as const).flatMap((sort) =>
    (entry[sort] ?? '')
      .split(' ')
      .filter((column) => column !== '')
      .map((column) => ({ column, sort })),
  );

/** Files and other places outside of the database. */
export interface PlaceEntry {
  readonly place: string;
  readonly holds: string;
  readonly sort: 'no' | 'pseudonym' | 'personal';
  readonly retention: string;
  readonly erasure: string;
}

/** Below the data folder of the service; a file of another kind fails a test. */
export const files: readonly (PlaceEntry & { readonly pattern: RegExp })[] = [
  {
    place: 'files/',
    pattern: /^files\//,
    holds: 'deliverables, by the hash of their content',
    sort: 'personal',
    retention: PROJECT,
    erasure: EVIDENCE,
  },
  {
    place: 'keys/',
    pattern: /^keys\//,
    holds: 'secrets of the installation: log, key-encryption key, relayer, service token',
    sort: 'no',
    retention: 'until rotated',
    erasure: NONE,
  },
  {
    place: 'log/',
    pattern: /^log\//,
    holds: 'last signed head, public keys',
    sort: 'no',
    retention: FOR_EVER,
    erasure: NONE,
  },
  {
    place: 'pg/',
    pattern: /^pg\//,
    holds: 'the embedded database: as above',
    sort: 'personal',
    retention: 'as above',
    erasure: 'as above; keys first, see docs/guides/audit.md',
  },
  {
    place: 'chain/',
    pattern: /^chain\//,
    holds: 'the local test chain',
    sort: 'pseudonym',
    retention: 'until deleted',
    erasure: CHAIN,
  },
  {
    place: 'logs/',
    pattern: /^logs\//,
    holds: 'what processes said: ids and errors, no names, no payloads',
    sort: 'pseudonym',
    retention: 'until the next start',
    erasure: LINK,
  },
  {
    place: 'oracle/',
    pattern: /^oracle\//,
    holds: 'the local oracle network’s place in the chain',
    sort: 'no',
    retention: REBUILT,
    erasure: NONE,
  },
  {
    place: 'deployment.json',
    pattern: /^deployment\.json$/,
    holds: 'addresses of contracts',
    sort: 'no',
    retention: FOR_EVER,
    erasure: NONE,
  },
];

/** On people's own devices: theirs to delete. */
export const edge: readonly PlaceEntry[] = [
  {
    place: 'browser: IndexedDB `milepost`',
    holds: 'last seen head and keys of the log',
    sort: 'no',
    retention: 'until the site’s data is cleared',
    erasure: 'by the person',
  },
  {
    place: 'browser: localStorage',
    holds: 'theme, unfinished draft, transactions under way, ballot receipts, chosen wallet',
    sort: 'personal',
    retention: 'until the site’s data is cleared; transactions 24 hours after their end',
    erasure: 'by the person',
  },
  {
    place: 'browser: session cookie',
    holds: 'random login token',
    sort: 'pseudonym',
    retention: '7 days, or sign-out',
    erasure: 'by the person, and with the login',
  },
  {
    place: 'saved bundles, receipts, CSV and JSON files',
    holds: 'what the one who saved them could read',
    sort: 'personal',
    retention: 'decided by who saved them; each saving is an entry of the log',
    erasure: 'not ours to erase: recipients are told by the controller (GDPR Art. 19)',
  },
  {
    place: 'oracle nodes and acceptance runner',
    holds: 'public documents and files of a submission, while they are judged',
    sort: 'personal',
    retention: 'minutes; reports stay as in `oracle_report`',
    erasure: 'nothing is kept',
  },
];
