import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { getAddress, isAddress } from 'ethers';
import { z } from 'zod';

/** Injection token of the validated {@link Config}. */
export const CONFIG = Symbol('CONFIG');

const flag = z
  .enum(['0', '1', 'true', 'false', ''])
  .default('0')
  .transform((value) => value === '1' || value === 'true');
const optionalText = z
  .string()
  .trim()
  .optional()
  .transform((value) => (value === '' ? undefined : value));
const whole = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

/** The one description of the process environment. Nothing else in the backend reads `process.env`. */
export const environmentSchema = z
  .object({
    ROLE: z.enum(['all', 'api', 'worker']).default('all'),
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: whole(0, 65_535, 4000),
    PUBLIC_URL: optionalText.pipe(z.url({ protocol: /^https?$/ }).optional()),
    MILEPOST_DATA: z.string().min(1).default('.milepost'),
    DATABASE_URL: optionalText.pipe(z.url({ protocol: /^postgres(ql)?$/ }).optional()),
    SEQUENCER_DATABASE_URL: optionalText.pipe(z.url({ protocol: /^postgres(ql)?$/ }).optional()),
    APP_DATABASE_URL: optionalText.pipe(z.url({ protocol: /^postgres(ql)?$/ }).optional()),
    CHAIN_RPC_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8545'),
    DEPLOYMENT_FILE: optionalText,
    CHAIN_FINALITY_DEPTH: whole(0, 10_000, 0),
    RELAYER_KEY_FILE: optionalText,
    LOG_KEY_FILE: optionalText,
    SERVICE_TOKEN_FILE: optionalText,
    WITNESS_URLS: z
      .string()
      .default('')
      .transform((value) => value.split(/\s+/).filter((url) => url !== ''))
      .pipe(z.array(z.url({ protocol: /^https?$/ }))),
    LOCAL_MODE: flag,
    PORTAL_DIR: optionalText,
    RUNNER_URL: optionalText.pipe(z.url({ protocol: /^https?$/ }).optional()),
    ORACLE_STATUS_URL: optionalText.pipe(z.url({ protocol: /^https?$/ }).optional()),
    OPERATORS: z
      .string()
      .default('')
      .transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''))
      .pipe(z.array(z.string().refine(isAddress, 'must be addresses, separated by commas').transform(getAddress))),
    MAX_FILE_BYTES: whole(1, 2 ** 41, 2 ** 31),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug']).default('info'),
  })
  .superRefine((env, context) => {
    if (env.ROLE !== 'all' && env.DATABASE_URL === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['DATABASE_URL'],
        message: `role ${env.ROLE} needs DATABASE_URL; only role all starts a database of its own`,
      });
    }
  });

/** Everything the process was told, validated and with defaults. */
export interface Config {
  readonly role: 'all' | 'api' | 'worker';
  readonly host: string;
  readonly port: number;
  /** Origin that people open, without a trailing slash; sign-in messages and the Origin check are bound to it. */
  readonly publicUrl: string;
  readonly dataDir: string;
  /** Undefined only for role `all`, which then starts an embedded server under `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** The same database as the role that writes the log; undefined: as `databaseUrl`. */
  readonly sequencerDatabaseUrl: string | undefined;
  /** For `migrate` alone, whose `databaseUrl` is the owner's: the role that the application will connect as. */
  readonly appDatabaseUrl: string | undefined;
  readonly chain: {
    readonly rpcUrl: string;
    readonly deploymentFile: string;
    /** Blocks below the tip that count as final. */
    readonly finalityDepth: number;
  };
  readonly relayerKeyFile: string;
  readonly logKeyFile: string;
  /** Where the witnesses of the log listen, without a trailing slash. */
  readonly witnessUrls: readonly string[];
  readonly serviceTokenFile: string;
  /** True only under `npm start`: shows ready-made accounts and allows loopback aliases. */
  readonly localMode: boolean;
  readonly portalDir: string | undefined;
  readonly oracle: {
    /** Origin of the acceptance runner. */
    readonly runnerUrl: string | undefined;
    /** Status page of the oracle network. */
    readonly statusUrl: string | undefined;
  };
  /** Accounts (EIP-55) whose people run this installation: they execute erasures, set holds and let auditors in. */
  readonly operators: readonly string[];
  /** Largest deliverable file in bytes. */
  readonly maxFileBytes: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug';
}

/** The environment is not usable; the message lists every faulty variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Validates an environment.
 * @throws {ConfigError} naming each variable that is wrong and why
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || 'environment'}: ${issue.message}`);
    throw new ConfigError(`The environment is not usable; nothing was started. Correct:\n${lines.join('\n')}`);
  }
  const env = parsed.data;
  const dataDir = resolve(env.MILEPOST_DATA);
  const key = (given: string | undefined, name: string) => resolve(given ?? join(dataDir, 'keys', name));
  return {
    role: env.ROLE,
    host: env.HOST,
    port: env.PORT,
    publicUrl: new URL(env.PUBLIC_URL ?? `http://${env.HOST}:${env.PORT}`).origin,
    dataDir,
    databaseUrl: env.DATABASE_URL,
    sequencerDatabaseUrl: env.SEQUENCER_DATABASE_URL,
    appDatabaseUrl: env.APP_DATABASE_URL,
    chain: {
      rpcUrl: env.CHAIN_RPC_URL,
      deploymentFile: resolve(env.DEPLOYMENT_FILE ?? join(dataDir, 'deployment.json')),
      finalityDepth: env.CHAIN_FINALITY_DEPTH,
    },
    relayerKeyFile: key(env.RELAYER_KEY_FILE, 'relayer'),
    logKeyFile: key(env.LOG_KEY_FILE, 'log'),
    witnessUrls: env.WITNESS_URLS.map((url) => url.replace(/\/+$/, '')),
    serviceTokenFile: key(env.SERVICE_TOKEN_FILE, 'service-token'),
    localMode: env.LOCAL_MODE,
    portalDir: env.PORTAL_DIR === undefined ? undefined : resolve(env.PORTAL_DIR),
    oracle: { runnerUrl: env.RUNNER_URL, statusUrl: env.ORACLE_STATUS_URL },
    operators: env.OPERATORS,
    maxFileBytes: env.MAX_FILE_BYTES,
    logLevel: env.LOG_LEVEL,
  };
}

/**
 * Reads a secret of one line from its file.
 * @returns undefined when the file does not exist
 */
export function readSecretFile(path: string): string | undefined {
  try {
    const secret = readFileSync(path, 'utf8').trim();
    return secret === '' ? undefined : secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
