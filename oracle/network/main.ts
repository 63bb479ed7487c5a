/** `node oracle/dist/network/main.js`: runs the local oracle network until SIGTERM. Status at `GET /status`. */
import { oracleKeys } from '../shared/keys.js';
import { HttpService, json, runService } from '../shared/http-service.js';
import { readSettings } from '../shared/settings.js';
import { OracleNetwork } from './network.js';

await runService(async () => {
  const settings = readSettings(process.env);
  const network = await OracleNetwork.open({ ...settings, keys: oracleKeys(settings.dataDir) });
  const service = new HttpService((pathname) => {
    if (pathname === '/status') return json(network.status());
    const requestId = /^\/requests\/(0x[0-9a-f]{64})$/.exec(pathname)?.[1];
    const job = requestId === undefined ? undefined : network.job(requestId);
    return job === undefined ? undefined : json(job);
  });
  const url = await service.listen(settings.host, settings.port);
  await network.start();
  return {
    startupLine: `oracle network ready at ${url} (4 nodes, f = 1, local, self-operated)`,
    stop: async () => {
      await service.close();
      await network.stop();
    },
  };
});
