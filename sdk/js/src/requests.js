import { OutcomeUnknownError } from "./problem.js";

/** @typedef {import("./types.js").SentMessage} SentMessage */

/** Sends frames on the current socket, once its handshake was sent. */
export class Requests {
  /** @type {import("./socket.js").Socket | undefined} */
  #socket;

  /** @param {import("./socket.js").Socket} socket */
  attach(socket) {
    this.#socket = socket;
  }

  detach() {
    this.#socket = undefined;
  }

  /** @param {{conversation_id: string, client_message_id: string} & import("./types.js").NewMessage} message */
  async send(message) {
    const response = await this.#request({ t: "send", ...message });
    return /** @type {SentMessage} */ (response);
  }

  /** @param {string} conversation_id @param {number} from @param {number} to */
  async range(conversation_id, from, to) {
    const response = await this.#request({ t: "get", conversation_id, from, to });
    return /** @type {import("./types.js").LogRange} */ (response);
  }

  /** @param {number} from @param {number} to */
  async userRange(from, to) {
    const response = await this.#request({ t: "user_get", from, to });
    return /** @type {import("./types.js").UserLogRange} */ (response);
  }

  /** Sends a frame that has no response. Returns whether it was sent. @param {object} frame */
  post(frame) {
    return this.#socket?.post(frame) === true;
  }

  /** @param {object} frame @returns {Promise<unknown>} */
  async #request(frame) {
    if (!this.#socket) throw new OutcomeUnknownError("Not connected.");
    return this.#socket.request(frame);
  }
}
