/**
 * The part of solc's command line that forge uses, on npm's solc: `--version`, and `--standard-json` over standard input
 * or a file. Ends by running out, since `process.exit` cuts output on pipes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

interface Compiler {
  version(): string;
  compile(input: string, callbacks: { import: (file: string) => { contents: string } | { error: string } }): string;
}

const require = createRequire(import.meta.url);
const [command, ...rest] = process.argv.slice(2);

if (command === '--version') {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version()}\n`);
} else if (process.argv.includes('--standard-json')) {
  const options = read(process.argv.slice(2));
  const input = readFileSync(options.file === undefined || options.file === '-' ? 0 : options.file, 'utf8');
  const solc = require('solc') as Compiler;
  process.stdout.write(solc.compile(input, { import: importFrom(options) }));
} else {
  refuse(`only --version and --standard-json are known, not: ${[command, ...rest].join(' ')}`);
}

interface Options {
  file?: string;
  base: string;
  include: string[];
  allow: string[];
}

/** Loading the compiler takes a third of a second, and forge asks for its version at each start. */
function version(): string {
  const { version: release } = require('solc/package.json') as { version: string };
  const cache = path.resolve(import.meta.dirname, '../cache');
  const file = path.join(cache, `solc-${release}.version`);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const long = (require('solc') as Compiler).version();
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, long);
  return long;
}

function read(words: string[]): Options {
  const options: Options = { base: process.cwd(), include: [], allow: [] };
  for (let i = 0; i < words.length; i += 1) {
    const [name = '', inline] = (words[i] ?? '').split(/=(.*)/s);
    const value = () => inline ?? words[++i] ?? refuse(`${name} needs a value`);
    if (name === '--standard-json') continue;
    else if (name === '--base-path') options.base = path.resolve(value());
    else if (name === '--include-path') options.include.push(path.resolve(value()));
    else if (name === '--allow-paths')
      options.allow.push(
        ...value()
          .split(',')
          .filter(Boolean)
          .map((p) => path.resolve(p)),
      );
    else if (!name.startsWith('--')) options.file = name;
    else refuse(`unknown option ${name}`);
  }
  return options;
}

/** Files that the input names without their text: base first, and nothing outside the allowed folders. */
function importFrom({ base, include, allow }: Options) {
  const roots = [base, ...include];
  return (file: string) => {
    for (const root of roots) {
      const full = path.resolve(root, file);
      const allowed = [...roots, ...allow].some((dir) => full.startsWith(dir + path.sep));
      if (allowed && existsSync(full)) return { contents: readFileSync(full, 'utf8') };
    }
    return { error: `${file} is not in ${roots.join(', ')}` };
  };
}

function refuse(reason: string): never {
  process.stderr.write(`solc-wasm: ${reason}\n`);
  process.exit(1);
}
