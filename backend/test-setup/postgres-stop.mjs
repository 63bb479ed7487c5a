import { rmSync } from 'node:fs';

export default async function teardown() {
  const running = globalThis.milepostTestPostgres;
  if (running === undefined) return;
  await running.server.stop();
  rmSync(running.dir, { recursive: true, force: true });
}
