import { Backoff } from "./backoff.js";
import { delay } from "./delay.js";
import { OutcomeUnknownError, Problem, isTransient, retryAfter } from "./problem.js";
import { tokenSource } from "./token.js";

/**
 * @typedef {object} HttpOptions
 * @property {string} url the server, such as `https://chat.example.com`
 * @property {string | import("./token.js").TokenSource} token
 * @property {typeof globalThis.fetch} [fetch]
 * @property {number} [attempts] attempts of a repeatable request; 4 by default
 * @property {number} [timeoutMs] of one attempt, in milliseconds; 30,000 by default
 * @property {import("./backoff.js").BackoffOptions} [backoff]
 */

/**
 * @typedef {object} RequestOptions
 * @property {Record<string, string | number | undefined>} [query]
 * @property {object} [body]
 * @property {AbortSignal} [signal] cancels the request
 * @property {string} [key] the idempotency key; makes the request repeatable
 * @property {boolean} [repeatable] whether the request may be sent again; GET and PUT always are
 */

/** Sends requests with the user's token. Maps problems to errors and retries repeatable requests. */
export class Http {
  /** @param {HttpOptions} options */
  constructor({ url, token, fetch, attempts = 4, timeoutMs = 30_000, backoff }) {
    this.url = url.replace(/\/$/, "");
    this.token = tokenSource(token);
    this.fetch = fetch ?? globalThis.fetch.bind(globalThis);
    this.attempts = attempts;
    this.timeoutMs = timeoutMs;
    this.backoff = backoff;
  }

  /**
   * Sends a request and returns the body of the response.
   *
   * Fails with {@link Problem} if the server rejects the request, and with
   * {@link OutcomeUnknownError} if there is no response.
   *
   * @template T
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<T>}
   */
  async request(method, path, { query = {}, body, key, repeatable, signal } = {}) {
    const backoff = new Backoff(this.backoff);
    const request = {
      method,
      headers: headersOf(body, key),
      body: body && JSON.stringify(body),
      signal,
    };
    const mayRetry = repeatable ?? (key !== undefined || REPEATABLE_METHODS.has(method));
    for (let left = mayRetry ? this.attempts : 1; ;) {
      try {
        const response = await this.#authorized(this.#address(path, query), request);
        return /** @type {T} */ (response.body);
      } catch (error) {
        left -= 1;
        if (left < 1 || !isTransient(error)) throw error;
        await delay(backoff.next(retryAfter(error)), signal);
      }
    }
  }

  /**
   * Sends a request with headers or content of its own, and returns the response. Makes one attempt,
   * and a second one with a new token if the token has expired.
   *
   * Fails like {@link Http.request}.
   *
   * @param {string} method
   * @param {string} path
   * @param {{headers?: Record<string, string>, content?: Blob, signal?: AbortSignal}} [options]
   * @returns {Promise<HttpResponse>}
   */
  exchange(method, path, { headers = {}, content, signal } = {}) {
    const all = { accept: "application/json", ...headers };
    return this.#authorized(`${this.url}${path}`, { method, headers: all, body: content, signal });
  }

  /**
   * Makes one attempt, and a second one with a new token if the token has expired.
   *
   * @param {string} address
   * @param {HttpRequest} request
   */
  async #authorized(address, request) {
    try {
      return await this.#attempt(address, request, await this.token(false));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "token_expired") throw error;
      return this.#attempt(address, request, await this.token(true));
    }
  }

  /** @param {string} address @param {HttpRequest} request @param {string} token */
  async #attempt(address, request, token) {
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const timeout = AbortSignal.timeout(this.timeoutMs);
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
    try {
      const response = await this.fetch(address, { ...request, headers, signal });
      const body = readResponse(response, await response.text());
      return { status: response.status, headers: response.headers, body };
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof Problem) throw error;
      throw new OutcomeUnknownError(
        timeout.aborted ? "Request timed out." : "Connection failed.",
        error,
      );
    }
  }

  /** @param {string} path @param {Record<string, string | number | undefined>} parameters */
  #address(path, parameters) {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) search.set(name, String(value));
    }
    const query = search.toString();
    return `${this.url}${path}${query ? `?${query}` : ""}`;
  }
}

/**
 * @typedef {object} HttpRequest
 * @property {string} method
 * @property {Record<string, string>} headers
 * @property {string | Blob} [body]
 * @property {AbortSignal} [signal]
 */

/** @typedef {{status: number, headers: Headers, body: unknown}} HttpResponse */

const REPEATABLE_METHODS = new Set(["GET", "PUT"]);

/** @param {object | undefined} body @param {string | undefined} key */
function headersOf(body, key) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (key) headers["idempotency-key"] = key;
  return headers;
}

/**
 * Returns the body of a successful response; throws the problem otherwise.
 *
 * @param {Response} response
 * @param {string} text
 * @returns {unknown}
 */
function readResponse(response, text) {
  const body = parse(text);
  if (response.ok) return body;
  const retryAfterSeconds = Number(response.headers.get("retry-after"));
  throw new Problem({
    code: response.status >= 500 ? "unavailable" : "invalid_request",
    detail: `The server returned status ${response.status}.`,
    retry_after_ms: retryAfterSeconds * 1_000 || undefined,
    ...Object(body),
    status: response.status,
  });
}

/** @param {string} text @returns {unknown} */
function parse(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
