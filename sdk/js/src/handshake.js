import { parseClose } from "./close_codes.js";

/** Authenticates each socket with a token, and decides after a close whether to reconnect. */
export class Handshake {
  /** Whether the server rejected the last token. */
  #refresh = false;

  /**
   * @param {object} options
   * @param {import("./token.js").TokenSource} options.token
   * @param {string} options.deviceId
   * @param {import("./resume.js").Resume} options.resume
   */
  constructor({ token, deviceId, resume }) {
    this.token = token;
    this.deviceId = deviceId;
    this.resume = resume;
  }

  /**
   * Sends `hello` with the token and the cursors. Returns whether it was sent. Closes the socket if
   * the token source fails.
   *
   * @param {import("./socket.js").Socket} socket
   */
  async start(socket) {
    let token;
    try {
      token = await this.token(this.#refresh);
    } catch (error) {
      socket.close(1000, error instanceof Error ? error.message : String(error));
      return false;
    }
    if (!socket.isOpen) return false;
    const { pages, ...fields } = this.resume.start();
    const [cursors = {}, ...more] = pages;
    socket.post({ t: "hello", token, device_id: this.deviceId, cursors, ...fields });
    for (const page of more) socket.post({ t: "resume", cursors: page });
    return true;
  }

  /** Records that the server accepted the token. */
  accepted() {
    this.#refresh = false;
  }

  /**
   * Returns what to do after a close. A token that is rejected directly after a refresh stops the
   * connection.
   *
   * @param {number} code
   * @param {string} reason
   */
  closed(code, reason) {
    const close = parseClose(code, reason);
    const rejectedAgain = close.action === "refresh" && this.#refresh;
    this.#refresh = close.action === "refresh";
    return { ...close, stop: close.action === "stop" || rejectedAgain };
  }
}
