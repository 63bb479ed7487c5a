/** `node oracle/dist/runner/main.js`: runs the acceptance runner until SIGTERM. Results at `GET /results/<requestId>.json`. */
import { HttpService, json, problem, runService } from '../shared/http-service.js';
import { oracleKeys } from '../shared/keys.js';
import { readSettings } from '../shared/settings.js';
import { AcceptanceRunner } from './runner.js';

await runService(async () => {
  const settings = readSettings(process.env);
  const runner = await AcceptanceRunner.open({ ...settings, key: oracleKeys(settings.dataDir).runner });
  const service = new HttpService((pathname) => {
    if (pathname === '/status') return json(runner.status());
    const requestId = /^\/results\/(0x[0-9a-f]{64})\.json$/.exec(pathname)?.[1];
    if (requestId === undefined) return undefined;
    const body = runner.result(requestId);
    if (body === undefined) return problem(404, 'no-result', `There is no result for request ${requestId} yet.`);
    return { status: 200, type: 'application/json', body };
  });
  const url = await service.listen(settings.host, settings.port);
  await runner.start();
  return {
    startupLine: `acceptance runner ready at ${url} (${runner.address})`,
    stop: async () => {
      await service.close();
      await runner.stop();
    },
  };
});
