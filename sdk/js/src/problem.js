/**
 * A request that the server refused: the problem document of RFC 9457, or an error frame.
 */
export class Problem extends Error {
  /**
   * @param {object} fields
   * @param {string} fields.code the stable code, such as `conversation_not_found`
   * @param {number} [fields.status] the HTTP status; absent on error frames
   * @param {string} [fields.title]
   * @param {string} [fields.detail]
   * @param {{pointer: string, detail: string}[]} [fields.errors] what is wrong, place by place
   * @param {string} [fields.request_id]
   * @param {number} [fields.current_version] with a version conflict
   * @param {number} [fields.retry_after_ms] how long to wait before another attempt, in milliseconds
   */
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

/** The outcome is not known: no answer came. The request may have been carried out. */
export class Unclear extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause });
    this.name = "Unclear";
  }
}

/**
 * Whether an attempt may be made again with the same client message id.
 * @param {unknown} error
 */
export function isTransient(error) {
  return error instanceof Unclear || (error instanceof Problem && error.transient);
}

const TRANSIENT = new Set(["unavailable", "rate_limited", "request_timeout", "internal"]);
