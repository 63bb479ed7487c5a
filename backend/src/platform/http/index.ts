export {
  ACCESS,
  actorOf,
  CurrentActor,
  CurrentPerson,
  notSignedIn,
  PersonOrService,
  Public,
  ServiceOnly,
  type Access,
  type Actor,
  type SessionPerson,
} from './access.js';
export { API_PREFIX, BODY_LIMIT, createApp } from './create-app.js';
export { HttpModule } from './http.module.js';
export { Idempotency, Idempotent } from './idempotency.js';
export { describeApi } from './openapi.js';
export { isOwnOrigin } from './origin.js';
export { Problem, PROBLEM_TYPE, problemBody, type ProblemExtra, type ProblemIssue } from './problem.js';
export { sendProblem } from './problem.filter.js';
export {
  addressSchema,
  bpsSchema,
  bytes32Schema,
  hexSchema,
  idSchema,
  intentSchema,
  pageOf,
  pageQuerySchema,
  problemSchema,
  timeSchema,
  uintSchema,
} from './schemas.js';
export { SESSION_COOKIE, sessionCookieName } from './session-cookie.js';
export { invalidInput } from './validation.js';
