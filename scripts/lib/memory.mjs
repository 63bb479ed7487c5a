import { readFileSync, readdirSync } from 'node:fs';

/**
 * Samples the resident memory of this process and all its descendants once a second. `stop()` returns the highest sum
 * seen in MB, or "unknown" where the system has no /proc.
 */
export function startMemoryWatch() {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(process.pid));
  }, 1_000);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return peak === 0 ? 'unknown' : Math.round(peak / 2 ** 20);
    },
  };
}

function residentBytes(root) {
  const children = new Map();
  const resident = new Map();
  let names;
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return 0;
  }
  for (const name of names) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const parent = Number(fields[1]);
      resident.set(Number(name), Number(fields[21]) * 4096);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // the process ended meanwhile
    }
  }
  let total = 0;
  const open = [root];
  while (open.length > 0) {
    const pid = open.pop();
    total += resident.get(pid) ?? 0;
    open.push(...(children.get(pid) ?? []));
  }
  return total;
}
