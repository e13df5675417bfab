import { Backoff } from "./backoff.js";
import { Problem, Unclear, isTransient } from "./problem.js";
import { tokenSource } from "./token.js";

/** Requests with the user's token: problems as errors, and further attempts where they are safe. */
export class Http {
  /**
   * @param {object} options
   * @param {string} options.url the server, such as `https://chat.example.com`
   * @param {string | import("./token.js").TokenSource} options.token
   * @param {typeof globalThis.fetch} [options.fetch]
   * @param {number} [options.attempts] how often a repeatable request is tried
   * @param {number} [options.timeoutMs] how long one attempt may take
   * @param {ConstructorParameters<typeof Backoff>[0]} [options.backoff]
   */
  constructor({ url, token, fetch = globalThis.fetch.bind(globalThis), attempts = 4, timeoutMs = 30_000, backoff }) {
    this.url = url.replace(/\/$/, "");
    this.token = tokenSource(token);
    this.fetch = fetch;
    this.attempts = attempts;
    this.timeoutMs = timeoutMs;
    this.backoff = backoff;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [options]
   * @param {Record<string, string | number | undefined>} [options.query]
   * @param {object} [options.body]
   * @param {string} [options.key] the idempotency key: makes several requests do what one does
   * @param {boolean} [options.repeatable] whether they do so anyhow, as GET and PUT
   * @returns {Promise<any>} the body; rejects with {@link Problem} or {@link Unclear}
   */
  async request(method, path, { query = {}, body, key, repeatable = Boolean(key) || SAFE.has(method) } = {}) {
    const backoff = new Backoff(this.backoff);
    const request = { method, headers: headersOf(body, key), body: body && JSON.stringify(body) };
    for (let left = repeatable ? this.attempts : 1; ; ) {
      try {
        return await this.#authorized(this.#address(path, query), request);
      } catch (error) {
        left -= 1;
        if (left < 1 || !isTransient(error)) throw error;
        await pause(backoff.next(error.retryAfterMs));
      }
    }
  }

  /** One attempt; a token that has ended is replaced once. */
  async #authorized(address, request) {
    try {
      return await this.#attempt(address, request, await this.token(false));
    } catch (error) {
      if (error.code !== "token_expired") throw error;
      return this.#attempt(address, request, await this.token(true));
    }
  }

  async #attempt(address, request, token) {
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      const response = await this.fetch(address, { ...request, headers, signal });
      return readAnswer(response, await response.text());
    } catch (error) {
      throw error instanceof Problem ? error : new Unclear("No answer came.", error);
    }
  }

  #address(path, query) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return `${this.url}${path}${given.length ? `?${search}` : ""}`;
  }
}

/** Methods of which a second request does what one does. */
const SAFE = new Set(["GET", "PUT"]);

/** @param {object | undefined} body @param {string | undefined} key @returns {Record<string, string>} */
function headersOf(body, key) {
  const type = body && { "content-type": "application/json" };
  return { accept: "application/json", ...type, ...(key && { "idempotency-key": key }) };
}

/** The body of a success, or the problem. */
function readAnswer(response, text) {
  const body = parse(text);
  if (response.ok) return body;
  const wait = Number(response.headers.get("retry-after")) * 1_000 || undefined;
  throw new Problem({
    code: response.status >= 500 ? "unavailable" : "invalid_request",
    detail: `The server answered ${response.status}.`,
    retry_after_ms: wait,
    ...body,
    status: response.status,
  });
}

/** @param {string} text */
function parse(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
