import { OutcomeUnknownError, Problem } from "./problem.js";

/** @typedef {import("./types.js").ServerFrame} ServerFrame */

/** @typedef {{readyState: number, send: (text: string) => void, close: (code?: number) => void}} WebSocketLike */

/**
 * A class with the interface of the browser's WebSocket, such as the one of the `ws` package.
 *
 * @typedef {new (url: string) => WebSocketLike & {
 *   onopen: unknown, onmessage: unknown, onclose: unknown, onerror: unknown,
 * }} WebSocketClass
 */

/**
 * @typedef {object} PendingRequest
 * @property {(frame: ServerFrame) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

/** Requests in flight on one socket. */
const MAX_PENDING_REQUESTS = 1_000;

/** Bytes of one frame. The server closes the socket on a larger one. */
const MAX_FRAME_BYTES = 256 * 1024;

const OPEN = 1;

/** One WebSocket: sends and receives frames, and matches responses to requests by `ref`. */
export class Socket {
  /** @type {Map<string, PendingRequest>} */
  #pending = new Map();
  #lastRef = 0;
  #closed = false;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {WebSocketClass} options.WebSocket
   * @param {() => void} options.onOpen
   * @param {(frame: ServerFrame) => void} options.onFrame called for frames that are not responses
   * @param {(code: number, reason: string) => void} options.onClose called once
   * @param {number} [options.timeoutMs] of a request
   */
  constructor({ url, WebSocket, onOpen, onFrame, onClose, timeoutMs = 30_000 }) {
    this.timeoutMs = timeoutMs;
    this.onFrame = onFrame;
    this.onClose = onClose;
    this.socket = new WebSocket(url);
    this.socket.onopen = onOpen;
    this.socket.onmessage = (/** @type {{data: unknown}} */ message) =>
      this.#receive(String(message.data));
    this.socket.onclose = (/** @type {{code: number, reason: unknown}} */ close) =>
      this.#end(close.code, String(close.reason));
    this.socket.onerror = () => {};
  }

  get isOpen() {
    return !this.#closed && this.socket.readyState === OPEN;
  }

  /**
   * Sends a frame that has no response. Returns false if the socket is not open.
   *
   * @param {object} frame
   */
  post(frame) {
    return this.#send(JSON.stringify(frame));
  }

  /**
   * Sends a frame and returns the response.
   *
   * Fails with {@link Problem} if the server rejects the request, and with
   * {@link OutcomeUnknownError} if there is no response.
   *
   * @param {object} frame
   * @returns {Promise<ServerFrame>}
   */
  request(frame) {
    const ref = `r${(this.#lastRef += 1)}`;
    return new Promise((resolve, reject) => {
      if (this.#pending.size >= MAX_PENDING_REQUESTS) {
        const detail = `At most ${MAX_PENDING_REQUESTS} requests may be in flight.`;
        return reject(new Problem({ code: "rate_limited", detail }));
      }
      const text = JSON.stringify({ ...frame, ref });
      if (new TextEncoder().encode(text).length > MAX_FRAME_BYTES) {
        const detail = `A frame has at most ${MAX_FRAME_BYTES} bytes.`;
        return reject(new Problem({ code: "payload_too_large", detail }));
      }
      if (!this.#send(text)) return reject(new OutcomeUnknownError("Not connected."));
      const timer = setTimeout(() => {
        this.#take(ref)?.reject(new OutcomeUnknownError("Request timed out."));
      }, this.timeoutMs);
      this.#pending.set(ref, { resolve, reject, timer });
    });
  }

  /** Closes the socket without waiting for the server's close frame. */
  close(code = 1000, reason = "") {
    this.socket.close(code);
    this.#end(code, reason);
  }

  /** @param {string} text */
  #send(text) {
    if (!this.isOpen) return false;
    this.socket.send(text);
    return true;
  }

  /** @param {string} text */
  #receive(text) {
    if (this.#closed) return;
    const frame = parse(text);
    const request = frame.ref ? this.#take(frame.ref) : undefined;
    if (!request) return this.onFrame(frame);
    if (frame.t === "error") request.reject(new Problem(frame));
    else request.resolve(frame);
  }

  /** Removes a pending request. @param {string} ref */
  #take(ref) {
    const request = this.#pending.get(ref);
    this.#pending.delete(ref);
    clearTimeout(request?.timer);
    return request;
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#closed) return;
    this.#closed = true;
    for (const ref of [...this.#pending.keys()]) {
      this.#take(ref)?.reject(new OutcomeUnknownError("Connection lost."));
    }
    this.onClose(code, reason);
  }
}

/** @param {string} text @returns {ServerFrame} a frame without a type if the text is not JSON */
function parse(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return { t: undefined };
  }
}
