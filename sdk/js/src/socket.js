import { Problem, Unclear } from "./problem.js";

/** The most requests that may wait for their answers on one socket. */
const OUTSTANDING = 1_000;

/** The most bytes of one frame: the server closes the socket on a longer one. */
const FRAME_BYTES = 256 * 1024;

/** One WebSocket: frames out, frames in, and requests that find their answers by `ref`. */
export class Socket {
  /** @type {Map<string, {resolve: (frame: any) => void, reject: (error: Error) => void, timer: any}>} */
  #outstanding = new Map();
  #refs = 0;
  #ended = false;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {any} options.WebSocket the class to use
   * @param {() => void} options.opened
   * @param {(frame: any) => void} options.received every frame that answers no request
   * @param {(code: number, reason: string) => void} options.ended called once
   * @param {number} [options.answerMs] how long an answer may take
   */
  constructor({ url, WebSocket, opened, received, ended, answerMs = 30_000 }) {
    this.answerMs = answerMs;
    this.received = received;
    this.ended = ended;
    this.socket = new WebSocket(url);
    this.socket.onopen = opened;
    this.socket.onmessage = (/** @type {{data: string}} */ message) => this.#receive(message.data);
    this.socket.onclose = (/** @type {any} */ close) => this.#end(close.code, String(close.reason));
    this.socket.onerror = () => {};
  }

  /**
   * Sends a frame that needs no answer. False when the socket is not open.
   * @param {object} frame
   */
  post(frame) {
    return this.#post(JSON.stringify(frame));
  }

  /** @param {string} text */
  #post(text) {
    if (this.#ended || this.socket.readyState !== 1) return false;
    this.socket.send(text);
    return true;
  }

  /**
   * Sends a frame and waits for the frame with the same `ref`.
   * @param {object} frame
   * @returns {Promise<any>} rejects with {@link Problem} or, when no answer came, {@link Unclear}
   */
  request(frame) {
    const ref = `r${(this.#refs += 1)}`;
    return new Promise((resolve, reject) => {
      if (this.#outstanding.size >= OUTSTANDING) {
        return reject(new Problem({ code: "rate_limited", detail: "Too many requests wait." }));
      }
      const text = JSON.stringify({ ...frame, ref });
      if (new TextEncoder().encode(text).length > FRAME_BYTES) {
        return reject(new Problem({ code: "payload_too_large", detail: `A frame has at most ${FRAME_BYTES} bytes.` }));
      }
      if (!this.#post(text)) return reject(new Unclear("There is no connection."));
      const timer = setTimeout(() => this.#settle(ref)?.reject(new Unclear("No answer came.")), this.answerMs);
      this.#outstanding.set(ref, { resolve, reject, timer });
    });
  }

  /** Ends the socket now, whether or not the other side still answers. */
  close(code = 1000, reason = "") {
    this.socket.close(code);
    this.#end(code, reason);
  }

  /** @param {string} text */
  #receive(text) {
    if (this.#ended) return;
    const frame = parse(text);
    const request = frame.ref && this.#settle(frame.ref);
    if (!request) return this.received(frame);
    if (frame.t === "error") request.reject(new Problem(frame));
    else request.resolve(frame);
  }

  /** @param {string} ref */
  #settle(ref) {
    const request = this.#outstanding.get(ref);
    this.#outstanding.delete(ref);
    clearTimeout(request?.timer);
    return request;
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#ended) return;
    this.#ended = true;
    for (const ref of [...this.#outstanding.keys()]) {
      this.#settle(ref)?.reject(new Unclear("The connection was lost."));
    }
    this.ended(code, reason);
  }
}

/** @param {string} text @returns {any} a frame of no known type when the text is not one */
function parse(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
