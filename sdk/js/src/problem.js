/** A rejected request: a problem document of RFC 9457, or an error frame. */
export class Problem extends Error {
  /** @param {import("./types.js").ProblemFields} fields */
  constructor(fields) {
    super(fields.detail ?? fields.title ?? fields.code);
    this.name = "Problem";
    this.code = fields.code;
    this.status = fields.status;
    this.errors = fields.errors ?? [];
    this.requestId = fields.request_id;
    this.currentVersion = fields.current_version;
    this.retryAfterMs = fields.retry_after_ms;
  }

  /** Whether the same request may succeed later. */
  get transient() {
    return TRANSIENT.has(this.code);
  }
}

/** A request without a response. The server may have processed it. */
export class OutcomeUnknownError extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause });
    this.name = "OutcomeUnknownError";
  }
}

/**
 * Returns whether the request may be sent again with the same client message id.
 *
 * @param {unknown} error
 */
export function isTransient(error) {
  return error instanceof OutcomeUnknownError || (error instanceof Problem && error.transient);
}

/**
 * Returns the delay that the server requested, in milliseconds.
 *
 * @param {unknown} error
 */
export function retryAfter(error) {
  return error instanceof Problem ? error.retryAfterMs : undefined;
}

const TRANSIENT = new Set(["unavailable", "rate_limited", "request_timeout", "internal"]);
