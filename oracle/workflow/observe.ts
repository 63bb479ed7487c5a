/** What one node does alone, in the engine: every address is fetched by the node's HTTP capability, which blocks. */
import { HTTPClient, type NodeRuntime } from '@chainlink/cre-sdk';
import { wordsOf } from '@milepost/protocol/judge/judgement';
import type { Config } from '../judging/config.js';
import { look, observationOf, type Got, type Observation, type Question } from '../judging/look.js';
import { statementLines } from '../judging/statement.js';

export function observe(runtime: NodeRuntime<Config>, question: Question): Observation {
  const asking = look(runtime.config, question);
  let step = asking.next();
  while (step.done !== true) step = asking.next(get(runtime, step.value));
  const answer = step.value;
  if (answer.status !== 'draw') for (const line of statementLines(answer)) runtime.log(line);
  return observationOf(answer);
}

function get(runtime: NodeRuntime<Config>, url: string): Got {
  try {
    const headers = { accept: 'application/json', 'user-agent': 'milepost-judge' };
    const { statusCode, body } = new HTTPClient().sendRequest(runtime, { url, method: 'GET', headers }).result();
    if (statusCode !== 200) return { problem: `${url} answered ${String(statusCode)}` };
    return new TextDecoder().decode(body);
  } catch (error) {
    return { problem: `${url}: ${wordsOf(error)}` };
  }
}
