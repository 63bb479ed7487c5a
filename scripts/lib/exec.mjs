import { spawn } from 'node:child_process';

/**
 * Runs a program to its end and resolves with its output; rejects with the last lines of it when it fails.
 * `quiet: false` passes the output through while it runs.
 */
export function run(program, args, { cwd, env, label = program, quiet = true } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk) => {
      output += chunk;
      if (!quiet) process.stderr.write(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => reject(new Error(`${label} could not be started: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${label} failed (exit ${code}).\n${excerpt(output)}`));
    });
  });
}

/** Runs a program on this terminal and resolves with its exit code; Ctrl-C reaches it and is not an error here. */
export function runAttached(program, args, { cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/** Beginning and end of a long output: the cause stands at the one, the outcome at the other. */
function excerpt(output) {
  const lines = output.trim().split('\n');
  return (lines.length <= 60 ? lines : [...lines.slice(0, 25), '…', ...lines.slice(-30)]).join('\n');
}
