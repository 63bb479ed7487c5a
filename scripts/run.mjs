// Entry of every npm script. Plain JavaScript on Node built-ins only: it runs before anything is installed and on an
// older Node. It finds a Node that is new enough, installs, builds what changed, then hands over to the command.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_MINIMUM, NODE_VERSION, isNodeRecentEnough } from './lib/node-version.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const [command, ...args] = process.argv.slice(2);

if (!isNodeRecentEnough(process.versions.node)) rerunOnNewerNode();
else await main();

async function main() {
  process.chdir(root);
  // Children that say `node` or `npm` must get this Node as well.
  process.env.PATH = path.dirname(process.execPath) + path.delimiter + (process.env.PATH ?? '');
  const { commands } = await import('./lib/commands.mjs');
  const entry = commands[command];
  if (!entry) {
    console.error(`Unknown command "${command ?? ''}". Known: ${Object.keys(commands).join(', ')}.`);
    process.exit(2);
  }
  try {
    const { install } = await import('./lib/install.mjs');
    const { build } = await import('./lib/build.mjs');
    await install(root);
    await build(root, entry.needs);
    process.exitCode = await entry.run(root, args);
  } catch (error) {
    console.error(`\nmilepost ${command} stopped: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

/** Runs this very file again under a Node fetched from npm; the marker variable prevents a loop. */
function rerunOnNewerNode() {
  if (process.env.MILEPOST_NODE_RERUN) {
    console.error(
      `Node ${NODE_MINIMUM} or newer is needed; npm delivered ${process.versions.node}. Install Node 24 and try again.`,
    );
    process.exit(1);
  }
  console.error(
    `Node ${process.versions.node} is older than ${NODE_MINIMUM}: getting Node ${NODE_VERSION} from npm (once).`,
  );
  const windows = process.platform === 'win32';
  const found = spawnSync('npx', ['-y', '-p', `node@${NODE_VERSION}`, '-c', 'node -p process.execPath'], {
    encoding: 'utf8',
    shell: windows,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const newer = (found.stdout ?? '').trim().split('\n').pop() ?? '';
  if (found.status !== 0 || !newer || !existsSync(newer)) {
    console.error(`Node ${NODE_VERSION} could not be fetched from the npm registry. Nothing was changed.`);
    console.error((found.stderr || found.error?.message || '').trim());
    console.error(
      'Check the connection to the registry (npm ping), or install Node 24 yourself, then run the command again.',
    );
    process.exit(1);
  }
  const child = spawn(newer, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, MILEPOST_NODE_RERUN: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
