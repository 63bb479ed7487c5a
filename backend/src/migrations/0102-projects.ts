import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Project drafts with their sign-offs, and the projection of what the escrows say. */
export class Projects1700000000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE project (
        id                 uuid        PRIMARY KEY,
        title              text        NOT NULL,
        summary            text        NOT NULL,
        terms              jsonb       NOT NULL,
        salt               bytea       NOT NULL CHECK (length(salt) = 16),
        version            integer     NOT NULL DEFAULT 1 CHECK (version > 0),
        created_by         uuid        NOT NULL REFERENCES person (id),
        client             bytea       NOT NULL CHECK (length(client) = 20),
        contributor        bytea       NOT NULL CHECK (length(contributor) = 20),
        total              numeric(78,0) NOT NULL CHECK (total > 0),
        terms_hash         bytea       NOT NULL CHECK (length(terms_hash) = 32),
        args_hash          bytea       NOT NULL CHECK (length(args_hash) = 32),
        escrow             bytea       NOT NULL UNIQUE CHECK (length(escrow) = 20),
        creation_intent    uuid,
        created_at         timestamptz NOT NULL DEFAULT now(),
        updated_at         timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX project_created_by ON project (created_by);
      COMMENT ON COLUMN project.terms IS 'TermsDraft; with title, summary and salt it determines every byte that is signed';
      COMMENT ON COLUMN project.escrow IS 'Address that these terms have or will have on the chain';

      CREATE TABLE project_member (
        project_id uuid  NOT NULL REFERENCES project (id) ON DELETE CASCADE,
        account    bytea NOT NULL CHECK (length(account) = 20),
        role       text  NOT NULL CHECK (role IN ('client', 'contributor', 'payee', 'seat', 'arbitrator')),
        PRIMARY KEY (project_id, account, role)
      );
      CREATE INDEX project_member_account ON project_member (account, project_id);

      CREATE TABLE project_signature (
        project_id uuid        NOT NULL REFERENCES project (id) ON DELETE CASCADE,
        role       text        NOT NULL CHECK (role IN ('client', 'contributor')),
        signer     bytea       NOT NULL CHECK (length(signer) = 20),
        deadline   bigint      NOT NULL CHECK (deadline > 0),
        signature  bytea       NOT NULL,
        signed_by  uuid        NOT NULL REFERENCES person (id),
        signed_at  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (project_id, role)
      );
      CREATE INDEX project_signature_signed_by ON project_signature (signed_by);

      CREATE TABLE escrow_project (
        escrow        bytea         PRIMARY KEY,
        client        bytea         NOT NULL,
        contributor   bytea         NOT NULL,
        token         bytea         NOT NULL,
        total         numeric(78,0) NOT NULL,
        args          bytea         NOT NULL,
        terms_hash    bytea         NOT NULL,
        policy_hash   bytea         NOT NULL,
        version       integer       NOT NULL,
        funded        numeric(78,0) NOT NULL,
        outflow       numeric(78,0) NOT NULL,
        paid          numeric(78,0) NOT NULL,
        fees          numeric(78,0) NOT NULL,
        refunded      numeric(78,0) NOT NULL,
        credited      numeric(78,0) NOT NULL,
        claimed       numeric(78,0) NOT NULL,
        refundable    numeric(78,0) NOT NULL,
        holdback      numeric(78,0) NOT NULL,
        activated     boolean       NOT NULL,
        cancel_at     bigint,
        decided_at    bigint,
        created_block bigint        NOT NULL,
        created_tx    bytea         NOT NULL,
        changed_block bigint        NOT NULL,
        changed_at    bigint        NOT NULL
      );
      COMMENT ON TABLE escrow_project IS 'Projection of the escrow''s events; times in Unix seconds of the chain';

      CREATE TABLE escrow_milestone (
        escrow       bytea         NOT NULL,
        m            smallint      NOT NULL,
        status       text          NOT NULL,
        round        smallint      NOT NULL,
        amount       numeric(78,0) NOT NULL,
        due          integer       NOT NULL,
        fund_by      integer       NOT NULL,
        profile      smallint      NOT NULL,
        shift        bigint        NOT NULL,
        late_bps     integer       NOT NULL,
        standing_bps integer       NOT NULL,
        digest       bytea,
        submitted_at bigint,
        clock        bigint,
        exit_by      bigint,
        reason_hash  bytea,
        cause        text,
        pay_bps      integer,
        gross        numeric(78,0),
        late_credit  numeric(78,0),
        holdback     numeric(78,0),
        fee          numeric(78,0),
        net          numeric(78,0),
        refundable   numeric(78,0),
        decided_at   bigint,
        decided_tx   bytea,
        PRIMARY KEY (escrow, m)
      );
      COMMENT ON COLUMN escrow_milestone.clock IS 'Second of the last submission, rejection or dispute';
      COMMENT ON COLUMN escrow_milestone.exit_by IS 'Last second of the running clock that the last event named';

      CREATE TABLE escrow_submission (
        escrow       bytea    NOT NULL,
        m            smallint NOT NULL,
        round        smallint NOT NULL,
        digest       bytea    NOT NULL,
        late_bps     integer  NOT NULL,
        decide_by    bigint   NOT NULL,
        submitted_at bigint   NOT NULL,
        tx           bytea    NOT NULL,
        PRIMARY KEY (escrow, m, round)
      );
      CREATE INDEX escrow_submission_digest ON escrow_submission (digest);

      CREATE TABLE escrow_payment (
        escrow    bytea         NOT NULL,
        tx        bytea         NOT NULL,
        log_index integer       NOT NULL,
        block     bigint        NOT NULL,
        account   bytea         NOT NULL,
        amount    numeric(78,0) NOT NULL,
        m         smallint,
        kind      text          NOT NULL,
        credited  boolean       NOT NULL,
        at        bigint        NOT NULL,
        PRIMARY KEY (escrow, tx, log_index)
      );
      CREATE INDEX escrow_payment_account ON escrow_payment (account, at);
      CREATE INDEX escrow_payment_milestone ON escrow_payment (escrow, m);
      COMMENT ON COLUMN escrow_payment.credited IS 'True: the token refused, the amount waits to be claimed';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE escrow_payment; DROP TABLE escrow_submission; DROP TABLE escrow_milestone; DROP TABLE escrow_project;
      DROP TABLE project_signature; DROP TABLE project_member; DROP TABLE project;
    `);
  }
}
