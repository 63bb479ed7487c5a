import { quotas } from '../quotas.js';
import { Quota, sendHttp, type Fetch } from './capabilities.js';
import { HttpRequest, HttpResponse } from './wire/messages.js';

const request = (change: object = {}): Uint8Array =>
  HttpRequest.encode({
    url: 'http://example.test/x',
    method: '',
    headers: new Map(),
    body: new Uint8Array(0),
    timeout: undefined,
    multiHeaders: new Map(),
    ...change,
  });
const answering =
  (response: Response): Fetch =>
  () =>
    Promise.resolve(response);

describe('HTTP capability', () => {
  it('sends what was asked and gives back status, type and body', async () => {
    const seen: [string, RequestInit][] = [];
    const fetch: Fetch = (url, init) => {
      seen.push([url, init]);
      return Promise.resolve(new Response('{"a":1}', { status: 404, headers: { 'content-type': 'application/json' } }));
    };
    const answer = HttpResponse.decode(
      await sendHttp(
        request({
          method: 'post',
          body: new Uint8Array([1]),
          multiHeaders: new Map([['x-a', { values: ['1', '2'] }]]),
        }),
        fetch,
      ),
    );
    expect(answer.status).toBe(404);
    expect(new TextDecoder().decode(answer.body)).toBe('{"a":1}');
    expect(answer.headers.get('content-type')).toBe('application/json');
    const [url, init] = seen[0]!;
    expect([url, init.method, init.headers, init.redirect]).toEqual([
      'http://example.test/x',
      'POST',
      [
        ['x-a', '1'],
        ['x-a', '2'],
      ],
      'error',
    ]);
  });

  it('takes exactly the quota and not one byte more', async () => {
    const { responseBytes, requestBytes } = quotas.http;
    const answer = await sendHttp(request(), answering(new Response('x'.repeat(responseBytes))));
    expect(HttpResponse.decode(answer).body).toHaveLength(responseBytes);
    await expect(sendHttp(request(), answering(new Response('x'.repeat(responseBytes + 1))))).rejects.toThrow(
      'quota: HTTP response over 100000 bytes',
    );
    await expect(
      sendHttp(request({ body: new Uint8Array(requestBytes) }), answering(new Response(''))),
    ).rejects.toThrow('quota: HTTP request over 10000 bytes');
  });

  it('stops reading an endless answer', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(10_000));
      },
    });
    await expect(sendHttp(request(), answering(new Response(endless)))).rejects.toThrow('quota: HTTP response');
    expect(pulled).toBeLessThan(20);
  });

  it('says why a request failed', async () => {
    const refused: Fetch = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }));
    await expect(sendHttp(request(), refused)).rejects.toThrow('HTTP request failed: fetch failed: ECONNREFUSED');
    const broken = new ReadableStream({
      pull: (controller) => {
        controller.error(new Error('reset'));
      },
    });
    await expect(sendHttp(request(), answering(new Response(broken)))).rejects.toThrow('HTTP response failed: reset');
  });

  it('gives up after the time the workflow allows', async () => {
    const never: Fetch = (_url, init) =>
      new Promise((_, reject) =>
        init.signal?.addEventListener('abort', () => {
          reject(init.signal?.reason as Error);
        }),
      );
    await expect(sendHttp(request({ timeout: { seconds: 0n, nanos: 0 } }), never)).rejects.toThrow(
      /HTTP request failed: .*(timeout|aborted)/i,
    );
  });
});

describe('quota', () => {
  it('is used up after its limit', () => {
    const quota = new Quota(2, 'EVM reads');
    quota.take();
    quota.take();
    expect(() => {
      quota.take();
    }).toThrow('quota: EVM reads, at most 2 per run');
  });
});
