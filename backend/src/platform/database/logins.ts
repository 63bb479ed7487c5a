import type { Client } from 'pg';
import { SERVICE_ROLES, type LoginUrls, type ServiceRole } from './login-urls.js';

/** What each role may do with a table, as written in GRANT: `SELECT, INSERT, UPDATE (intent)`. */
export type TableRights = { readonly [role in ServiceRole]?: string };
/** Rights by table; a schema other than `public` is named. A table that is not listed is closed to every role but the owner. */
export type Grants = { readonly [table: string]: TableRights };

/** The owner cannot make the roles that the service connects as. */
export class RoleError extends Error {
  override readonly name = 'RoleError';
}

interface Login {
  readonly role: ServiceRole;
  readonly name: string;
  readonly password: string;
}

/**
 * Makes the roles of `urls` where they are missing and gives each exactly the rights of `grants`, in one transaction.
 * @param client connected as the owner of the tables
 * @throws RoleError
 */
export async function applyGrants(client: Client, urls: LoginUrls, grants: Grants): Promise<void> {
  const { rows } = await client.query<{ me: string }>('SELECT current_user AS me');
  const logins = SERVICE_ROLES.map((role): Login => {
    const url = new URL(urls[role]);
    return { role, name: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  });
  // Whoever wants one role for everything gives the owner's connection string for each.
  const others = logins.filter(({ name }) => name !== rows[0]?.me);
  for (const login of others) await makeLogin(client, login);
  await client.query('BEGIN');
  try {
    const tables = await existing(client, Object.keys(grants));
    const schemas = [...new Set(['public', ...tables.map((table) => table.split('.')[0] ?? 'public')])];
    for (const { role, name } of others) {
      const grantee = client.escapeIdentifier(name);
      for (const schema of schemas) {
        await client.query(`REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${grantee}`);
        await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${grantee}`);
      }
      for (const table of tables) {
        const rights = grants[table.replace(/^public\./, '')]?.[role];
        if (rights !== undefined) await client.query(`GRANT ${rights} ON ${table} TO ${grantee}`);
      }
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function makeLogin(client: Client, { name, password }: Login): Promise<void> {
  const role = client.escapeIdentifier(name);
  const attributes = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${client.escapeLiteral(password)}`;
  try {
    await client.query(`CREATE ROLE ${role} ${attributes}`);
  } catch (error) {
    const { code } = error as { code?: string };
    // Two databases of one server may be migrated at once.
    if (code === '42710' || code === '23505') await renewPassword(client, role, password);
    else if (code === '42501')
      throw new RoleError(
        `The owner of the database may not create the role ${name}; the schema is migrated, but nobody else got rights. Run as an administrator: CREATE ROLE ${name} LOGIN PASSWORD '…'; or give the owner CREATEROLE, then migrate again.`,
      );
    else throw error;
  }
}

/** A role that an administrator made keeps the password that it was given. */
async function renewPassword(client: Client, role: string, password: string): Promise<void> {
  try {
    await client.query(`ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(password)}`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
  }
}

async function existing(client: Client, names: readonly string[]): Promise<string[]> {
  const full = names.map((name) => (name.includes('.') ? name : `public.${name}`));
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS u (name, n) WHERE to_regclass(name) IS NOT NULL ORDER BY n',
    [full],
  );
  return rows.map((row) => row.name);
}
