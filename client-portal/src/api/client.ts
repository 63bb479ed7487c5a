import { ApiError, NetworkError, type Problem } from '../lib/errors';

export { ApiError, NetworkError };

const BASE = '/api/v1';

export interface RequestOptions {
  body?: unknown;
  /** Raw bytes instead of JSON. */
  bytes?: Blob;
  /** Exact JSON text, where every byte counts. */
  text?: string;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  /** Required by every POST that creates or relays; the same key never acts twice. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'title' in value && 'status' in value;

async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = {
    type: 'urn:milepost:problem:unexpected',
    title: 'The server could not answer this request.',
    status: response.status,
  };
  try {
    const body: unknown = await response.json();
    return isProblem(body) ? { ...body, type: body.type ?? fallback.type } : fallback;
  } catch {
    return fallback;
  }
}

/** Address of an API resource on this origin. */
export const apiUrl = (path: string): string => `${BASE}${path}`;

/** Sends one request; resolves with the response, throws ApiError or NetworkError. */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const url = new URL(apiUrl(path), location.origin);
  for (const [key, value] of Object.entries(options.query ?? {}))
    if (value !== undefined) url.searchParams.set(key, String(value));
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  let body: BodyInit | undefined;
  if (options.bytes) {
    headers['content-type'] = 'application/octet-stream';
    body = options.bytes;
  } else if (options.text !== undefined) {
    headers['content-type'] = 'application/json';
    body = options.text;
  } else if (options.body !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new NetworkError(error);
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

/** Sends one request and reads the JSON answer. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export const get = <T>(path: string, options?: RequestOptions): Promise<T> => request<T>('GET', path, options);
export const post = <T>(path: string, body: unknown, options?: RequestOptions): Promise<T> =>
  request<T>('POST', path, { ...options, body });
