import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Chain: cursor, blocks, raw logs, the undo journal of projections, and the relayer's intents. */
export class Chain1700000000201 implements MigrationInterface {
  name = 'Chain1700000000201';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table chain_cursor (
        chain_id  bigint primary key,
        genesis   bytea  not null,
        block     bigint not null,
        hash      bytea  not null,
        finalized bigint not null,
        epoch     bigint not null default 0,
        constraint chain_cursor_order check (finalized <= block)
      );
      comment on column chain_cursor.epoch is 'raised by every new leader; a write with an older one is refused';

      create table chain_block (
        chain_id bigint not null,
        number   bigint not null,
        hash     bytea  not null,
        parent   bytea  not null,
        time     bigint not null,
        primary key (chain_id, number)
      );

      create table chain_contract (
        chain_id   bigint not null,
        address    bytea  not null,
        kind       text   not null,
        from_block bigint not null,
        primary key (chain_id, address)
      );

      create table chain_log (
        chain_id  bigint  not null,
        block     bigint  not null,
        log_index integer not null,
        address   bytea   not null,
        topics    bytea   not null,
        data      bytea   not null,
        tx        bytea   not null,
        primary key (chain_id, block, log_index),
        constraint chain_log_topics check (octet_length(topics) % 32 = 0),
        constraint chain_log_block_fk foreign key (chain_id, block) references chain_block on delete cascade
      );
      create index chain_log_address on chain_log (chain_id, address, block);

      create table chain_undo (
        seq       bigint generated always as identity primary key,
        chain_id  bigint not null,
        block     bigint not null,
        relation  text   not null,
        row_before jsonb,
        row_after  jsonb
      );
      create index chain_undo_block on chain_undo (chain_id, block);

      create table chain_gap (
        id        bigint generated always as identity primary key,
        chain_id  bigint not null,
        block     bigint not null,
        subject   bytea,
        reason    text   not null,
        opened_at timestamptz not null default now(),
        closed_at timestamptz
      );
      create unique index chain_gap_open on chain_gap (chain_id, reason, coalesce(subject, ''::bytea)) where closed_at is null;

      create function chain_journal() returns trigger language plpgsql as $body$
      declare
        place text := current_setting('milepost.block', true);
      begin
        if place is null or place = '' then
          raise exception 'table % is a projection of the chain: only the indexer writes it', tg_table_name;
        end if;
        if place <> 'none' then
          insert into chain_undo (chain_id, block, relation, row_before, row_after)
          values (split_part(place, '/', 1)::bigint, split_part(place, '/', 2)::bigint, tg_table_name,
                  case when tg_op = 'INSERT' then null else to_jsonb(old) end,
                  case when tg_op = 'DELETE' then null else to_jsonb(new) end);
        end if;
        return null;
      end $body$;

      create function chain_revert(chain bigint, above bigint) returns integer language plpgsql as $body$
      declare
        entry record;
        keys text;
        cols text;
        undone integer := 0;
      begin
        perform set_config('milepost.block', 'none', true);
        for entry in select * from chain_undo where chain_id = chain and block > above order by seq desc loop
          select string_agg(format('t.%1$I = k.%1$I', a.attname), ' and ') into keys
            from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
           where i.indrelid = entry.relation::regclass and i.indisprimary;
          select string_agg(format('%I', a.attname), ', ' order by a.attnum) into cols
            from pg_attribute a
           where a.attrelid = entry.relation::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
          if entry.row_before is null then
            execute format('delete from %1$I t using jsonb_populate_record(null::%1$I, $1) k where %2$s', entry.relation, keys)
              using entry.row_after;
          elsif entry.row_after is null then
            execute format('insert into %1$I (%2$s) overriding system value select %2$s from jsonb_populate_record(null::%1$I, $1)',
                           entry.relation, cols)
              using entry.row_before;
          else
            execute format('update %1$I t set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$I, $1))
                            from jsonb_populate_record(null::%1$I, $2) k where %3$s', entry.relation, cols, keys)
              using entry.row_before, entry.row_after;
          end if;
          undone := undone + 1;
        end loop;
        delete from chain_undo where chain_id = chain and block > above;
        return undone;
      end $body$;

      create table relay_lane (
        chain_id   bigint not null,
        sender     bytea  not null,
        next_nonce bigint not null,
        epoch      bigint not null default 0,
        stopped    text,
        primary key (chain_id, sender)
      );

      create table relay_intent (
        id          uuid primary key,
        chain_id    bigint not null,
        project     uuid,
        milestone   smallint,
        person      uuid,
        kind        text   not null,
        action      jsonb  not null,
        idempotency text   not null unique,
        state       text   not null default 'queued',
        gas         bigint not null default 0,
        sender      bytea,
        nonce       bigint,
        tx          bytea,
        block       bigint,
        problem     jsonb,
        tries       integer not null default 0,
        not_before  timestamptz not null default now(),
        created_at  timestamptz not null default now(),
        changed_at  timestamptz not null default now(),
        constraint relay_intent_state check (state in
          ('queued', 'signed', 'sent', 'included', 'final', 'refused', 'failed', 'expired'))
      );
      create unique index relay_intent_nonce on relay_intent (chain_id, sender, nonce);
      create index relay_intent_open on relay_intent (chain_id, created_at) where state in ('queued', 'signed', 'sent');
      create index relay_intent_block on relay_intent (chain_id, block) where state = 'included';
      create index relay_intent_project on relay_intent (project, created_at);
      create index relay_intent_person on relay_intent (person, created_at);

      create table relay_attempt (
        hash     bytea primary key,
        intent   uuid not null references relay_intent,
        raw      bytea not null,
        max_fee  numeric(78,0) not null,
        priority numeric(78,0) not null,
        signed_at timestamptz not null default now(),
        sent_at  timestamptz,
        is_void  boolean not null default false
      );
      create index relay_attempt_intent on relay_attempt (intent);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      drop table relay_attempt, relay_intent, relay_lane, chain_gap, chain_undo, chain_log, chain_contract, chain_block, chain_cursor;
      drop function chain_revert(bigint, bigint);
      drop function chain_journal() cascade;
    `);
  }
}
