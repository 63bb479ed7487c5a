/** RFC 9457 problem details, as the API answers a refusal. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  requestId?: string;
  issues?: { path: string; code: string; message?: string }[];
}

/** The API refused or failed; `problem` is what it said, or our words when it said nothing. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }
  get status(): number {
    return this.problem.status;
  }
  /** The last part of `urn:milepost:problem:<code>`. */
  get code(): string {
    return this.problem.type.split(':').pop() ?? 'unknown';
  }
}

/** The request never reached the API, or no answer came back. */
export class NetworkError extends Error {
  constructor(cause: unknown) {
    super('The server did not answer.', { cause });
    this.name = 'NetworkError';
  }
}
