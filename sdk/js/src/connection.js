import { AckBatcher } from "./ack_batcher.js";
import { Backoff } from "./backoff.js";
import { MemoryCursors } from "./cursors.js";
import { Emitter } from "./emitter.js";
import { Handshake } from "./handshake.js";
import { Heartbeat } from "./heartbeat.js";
import { LogSubscription } from "./log_subscription.js";
import { Problem } from "./problem.js";
import { randomId } from "./random_id.js";
import { Requests } from "./requests.js";
import { Resume } from "./resume.js";
import { Socket } from "./socket.js";
import { tokenSource } from "./token.js";
import { UserLog } from "./user_log.js";

/**
 * @typedef {object} State
 * @property {"idle" | "connecting" | "ready" | "waiting" | "stopped"} name
 * @property {number} [retryInMs] delay until the next attempt, while waiting
 * @property {number} [code] the close code that led to this state
 * @property {string} [reason] the reason that the server sent
 */

/**
 * @typedef {object} ConnectionOptions
 * @property {string} url the server, such as `https://chat.example.com`
 * @property {string | import("./token.js").TokenSource} token
 * @property {string} [deviceId] a second connection of the same device replaces the first
 * @property {import("./cursors.js").Cursors} [cursors]
 * @property {import("./socket.js").WebSocketClass} [WebSocket] the global class by default
 * @property {import("./backoff.js").BackoffOptions} [backoff]
 * @property {import("./heartbeat.js").HeartbeatOptions} [heartbeat]
 */

/**
 * - `state`: the state of the connection changed
 * - `ready`: the handshake is complete
 * - `event`: an event of a conversation, in order and exactly once
 * - `signal`: a transient event, such as typing or presence; may be lost
 * - `reset`: this conversation must be read again; all of them if none is named
 * - `user_event`: an event of the user's own log, in order and exactly once
 * - `user_reset`: the data that the user's log describes must be read again
 * - `problem`: the server rejected a frame
 *
 * @typedef {{
 *   state: State,
 *   ready: {epoch: string, heads: Record<string, number>},
 *   event: import("./types.js").LogEvent,
 *   signal: import("./types.js").Signal,
 *   reset: {conversation_id?: string, reason: string},
 *   user_event: import("./types.js").UserEvent,
 *   user_reset: {reason: string},
 *   problem: Problem,
 * }} ConnectionEvents
 */

/**
 * A user's connection. Subscribes to all conversations of the user, reconnects after a loss and
 * resumes at its cursors.
 *
 * @extends {Emitter<ConnectionEvents>}
 */
export class Connection extends Emitter {
  /** @type {State} */
  state = { name: "idle" };
  /** Number of reconnects after a loss. */
  reconnects = 0;
  /** @type {Socket | undefined} */
  #socket;
  #requests = new Requests();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {Heartbeat | undefined} */
  #heartbeat;

  /** @param {ConnectionOptions} options */
  constructor({ url, token, deviceId = randomId(), cursors = new MemoryCursors(), ...rest }) {
    super();
    this.url = `${url.replace(/^http/, "ws").replace(/\/$/, "")}/v1/realtime`;
    this.token = tokenSource(token);
    this.deviceId = deviceId;
    this.WebSocket = rest.WebSocket ?? globalThis.WebSocket;
    this.heartbeatOptions = rest.heartbeat;
    this.backoff = new Backoff(rest.backoff);
    this.acks = new AckBatcher((id, seq) =>
      this.#requests.post({ t: "ack", conversation_id: id, seq }),
    );
    const onUnavailable = () => this.#socket?.close(1000, "range");
    this.log = new LogSubscription({
      cursors,
      fetch: (id, from, to) => this.#requests.range(id, from, to),
      onEvent: (event) => this.#deliver(event),
      onReset: (reset) => this.emit("reset", reset),
      onUnavailable,
    });
    this.userLog = new UserLog({
      cursors,
      fetch: (from, to) => this.#requests.userRange(from, to),
      onEvent: (event) => this.emit("user_event", event),
      onReset: (reset) => this.emit("user_reset", reset),
      onUnavailable,
    });
    this.resume = new Resume({ cursors, log: this.log, userLog: this.userLog });
    this.handshake = new Handshake({ token: this.token, deviceId, resume: this.resume });
  }

  /** Number of gaps, duplicates, resets and reconnects. */
  get stats() {
    return { ...this.log.stats, reconnects: this.reconnects };
  }

  /** Connects, and reconnects after a loss. */
  open() {
    if (this.state.name === "connecting" || this.state.name === "ready") return;
    clearTimeout(this.#retryTimer);
    this.#setState({ name: "connecting" });
    const socket = new Socket({
      url: this.url,
      WebSocket: this.WebSocket,
      onOpen: () => void this.#startHandshake(socket),
      onFrame: (frame) => this.#receive(frame),
      onClose: (code, reason) => this.#onClose(code, reason),
    });
    this.#socket = socket;
  }

  /** Disconnects until {@link Connection.open} is called. */
  close() {
    clearTimeout(this.#retryTimer);
    this.#setState({ name: "stopped" });
    this.#socket?.close();
  }

  /**
   * Sends a message. Retry with the same `client_message_id` after an `OutcomeUnknownError`.
   *
   * @param {{conversation_id: string, client_message_id: string} & import("./types.js").NewMessage} message
   */
  send(message) {
    return this.#requests.send(message);
  }

  /** @param {string} conversationId @param {boolean} typing */
  typing(conversationId, typing) {
    this.#requests.post({ t: "typing", conversation_id: conversationId, typing });
  }

  /**
   * Marks a conversation as read up to `seq`. Returns whether the frame was sent.
   *
   * @param {string} conversationId
   * @param {number} seq
   */
  read(conversationId, seq) {
    return this.#requests.post({ t: "read", conversation_id: conversationId, seq });
  }

  /**
   * Marks a conversation as delivered up to `seq`.
   *
   * @param {string} conversationId
   * @param {number} seq
   */
  ack(conversationId, seq) {
    this.acks.add(conversationId, seq);
  }

  /**
   * Watches the presence of these users instead of those watched before. The current presence and
   * every change arrive as `presence.changed` signals. Unless the tenant shows presence to all
   * users, only friends and participants of the conversation are shown.
   *
   * @param {string[]} userIds at most 100
   * @param {string} [conversationId] a conversation that this user and the others take part in
   */
  presence(userIds, conversationId) {
    this.#requests.post({ t: "presence", user_ids: userIds, conversation_id: conversationId });
  }

  /** Sends a new token to the server before the current one expires. */
  async renew() {
    this.#requests.post({ t: "auth", token: await this.token(true) });
  }

  /** @param {Socket} socket */
  async #startHandshake(socket) {
    if (await this.handshake.start(socket)) this.#requests.attach(socket);
  }

  /** @param {import("./types.js").ServerFrame} frame */
  #receive(frame) {
    this.#heartbeat?.onFrame();
    switch (frame.t) {
      case "ready":
        return this.#onReady(frame);
      case "event":
        return this.log.receive(frame);
      case "signal":
        return this.emit("signal", frame);
      case "user_event":
        return this.userLog.receive(frame);
      case "user_reset":
        return this.userLog.reset(frame.reason);
      case "reset":
        return this.log.reset(frame.conversation_id, frame.reason);
      case "error":
        return this.emit("problem", new Problem(frame));
    }
  }

  /** @param {import("./types.js").ReadyFrame} ready */
  #onReady(ready) {
    if (this.resume.apply(ready)) this.emit("reset", { reason: "epoch" });
    if (ready.more || this.state.name === "ready") return;
    this.handshake.accepted();
    this.backoff.reset();
    this.#heartbeat = new Heartbeat({
      ping: () => this.#requests.post({ t: "ping" }),
      onTimeout: () => this.#socket?.close(1000, "silent"),
      ...this.heartbeatOptions,
    });
    this.#setState({ name: "ready" });
    this.acks.flush();
    this.emit("ready", { epoch: ready.epoch, heads: this.resume.heads });
  }

  /** @param {import("./types.js").LogEvent} event */
  #deliver(event) {
    if (event.type === "message.new") this.acks.add(event.conversation_id, event.seq);
    this.emit("event", event);
  }

  /** @param {number} code @param {string} reason */
  #onClose(code, reason) {
    this.#heartbeat?.stop();
    this.acks.pause();
    this.log.interrupt();
    this.userLog.interrupt();
    this.#requests.detach();
    if (this.state.name === "stopped") return;
    const close = this.handshake.closed(code, reason);
    if (close.stop) return this.#setState({ name: "stopped", code, reason: close.reason });
    const retryInMs = this.backoff.next(close.retryAfterMs);
    this.#retryTimer = setTimeout(() => this.#reconnect(), retryInMs);
    this.#setState({ name: "waiting", retryInMs, code, reason: close.reason });
  }

  #reconnect() {
    this.reconnects += 1;
    this.open();
  }

  /** @param {State} state */
  #setState(state) {
    this.state = state;
    this.emit("state", state);
  }
}
