/**
 * `node oracle/dist/committee/coordinator-main.js`: watches requests, hands them to the committee's nodes and delivers what they
 * sign, until SIGTERM. Holds the transmitter's key, no node's. Status at `GET /status`.
 */
import { HttpService, json, runService } from '../shared/http-service.js';
import { transmitterKey } from '../shared/keys.js';
import { readSettings } from '../shared/settings.js';
import { OracleNetwork } from '../network/network.js';
import { assembleCommittee, exchangeOf } from './assembly.js';

await runService(async () => {
  const settings = readSettings(process.env);
  const exchange = exchangeOf(settings);
  const keys = { nodes: [], transmitter: transmitterKey(settings.dataDir) };
  const network = await OracleNetwork.open({ ...settings, keys }, assembleCommittee(exchange));
  const service = new HttpService(
    (pathname) => {
      if (pathname === '/status') return json(network.status());
      const requestId = /^\/requests\/(0x[0-9a-f]{64})$/.exec(pathname)?.[1];
      const job = requestId === undefined ? undefined : network.job(requestId);
      return job === undefined ? undefined : json(job);
    },
    (pathname, body, gone) => (pathname === '/committee' ? exchange.handle(body, gone) : Promise.resolve(undefined)),
  );
  const url = await service.listen(settings.host, settings.port);
  await network.start();
  const { signers, f } = settings.deployment.oracle;
  return {
    startupLine: `committee coordinator ready at ${url} (${String(signers.length)} nodes, f = ${String(f)}, self-operated)`,
    stop: async () => {
      await network.stop();
      await service.close();
    },
  };
});
