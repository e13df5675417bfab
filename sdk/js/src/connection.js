import { Acks } from "./acks.js";
import { Backoff } from "./backoff.js";
import { readClose } from "./close.js";
import { MemoryCursors } from "./cursors.js";
import { Emitter } from "./emitter.js";
import { Follower } from "./follower.js";
import { Heartbeat } from "./heartbeat.js";
import { randomId } from "./identify.js";
import { Problem, Unclear } from "./problem.js";
import { Socket } from "./socket.js";
import { tokenSource } from "./token.js";
import { UserLog } from "./user_log.js";

/** Cursors in one hello or resume frame. */
const CURSORS_PER_FRAME = 1_000;

/**
 * @typedef {object} State
 * @property {"idle" | "connecting" | "ready" | "waiting" | "stopped"} name
 * @property {number} [retryInMs] while waiting
 * @property {number} [code] the close code that led here
 * @property {string} [reason] what the server said
 */

/**
 * A user's connection: follows all conversations of the user, resumes where it was after a loss and
 * comes back by itself until told to stop.
 *
 * Emits `state` ({@link State}), `ready` ({epoch, heads}), `event` (each log event in order, once),
 * `signal` ({type, data}, may be lost), `reset` ({conversation_id?, reason}: read this conversation,
 * or all when none is named, anew), `user_event` ({seq, type, data}: each record of the user's own
 * log in order, once), `user_reset` ({reason}: read anew what that log tells of) and `problem` (a
 * refused frame).
 */
export class Connection extends Emitter {
  /** @type {State} */
  state = { name: "idle" };
  /** How often the connection was opened again after a loss. */
  reconnects = 0;
  /** @type {Record<string, number>} */
  #heads = {};
  /** The cursors of the last hello. @type {Map<string, number>} */
  #resumed = new Map();
  /** The cursor of the last hello in the user's own log. @type {number | undefined} */
  #resumedUser;
  #greeted = false;
  #refresh = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Heartbeat | undefined} */
  #heartbeat;

  /**
   * @param {object} options
   * @param {string} options.url the server, such as `https://chat.example.com`
   * @param {string | import("./token.js").TokenSource} options.token
   * @param {string} [options.deviceId] a second connection of the same device replaces the first
   * @param {import("./cursors.js").Cursors} [options.cursors]
   * @param {any} [options.WebSocket] a WebSocket class; the platform's own by default
   * @param {ConstructorParameters<typeof Backoff>[0]} [options.backoff]
   * @param {{everyMs?: number, answerMs?: number}} [options.heartbeat]
   */
  constructor({ url, token, deviceId = randomId(), cursors = new MemoryCursors(), ...rest }) {
    super();
    this.url = `${url.replace(/^http/, "ws").replace(/\/$/, "")}/v1/realtime`;
    this.token = tokenSource(token);
    this.deviceId = deviceId;
    this.cursors = cursors;
    this.WebSocket = rest.WebSocket ?? globalThis.WebSocket;
    this.heartbeatOptions = rest.heartbeat;
    this.backoff = new Backoff(rest.backoff);
    this.acks = new Acks((id, seq) => this.#post({ t: "ack", conversation_id: id, seq }));
    this.follower = new Follower({
      cursors,
      fetch: (id, from, to) => this.#request({ t: "get", conversation_id: id, from, to }),
      deliver: (event) => this.#deliver(event),
      reset: (reset) => this.emit("reset", reset),
      broken: () => this.socket?.close(1000, "range"),
    });
    this.userLog = new UserLog({
      cursors,
      fetch: (from, to) => this.#request({ t: "user_get", from, to }),
      deliver: (event) => this.emit("user_event", event),
      reset: (reset) => this.emit("user_reset", reset),
      broken: () => this.socket?.close(1000, "range"),
    });
  }

  /** Gaps, repeats and resets seen so far. */
  get stats() {
    return { ...this.follower.stats, reconnects: this.reconnects };
  }

  /** Connects, and keeps connecting after losses. */
  open() {
    if (this.state.name === "connecting" || this.state.name === "ready") return;
    clearTimeout(this.#timer);
    this.#become({ name: "connecting" });
    this.socket = new Socket({
      url: this.url,
      WebSocket: this.WebSocket,
      opened: () => void this.#hello(),
      received: (frame) => this.#receive(frame),
      ended: (code, reason) => this.#ended(code, reason),
    });
  }

  /** Disconnects and stays so until {@link Connection.open}. */
  close() {
    clearTimeout(this.#timer);
    this.#become({ name: "stopped" });
    this.socket?.close();
  }

  /**
   * Sends a message; send it again with the same `client_message_id` when the outcome is unclear.
   * @param {{conversation_id: string, client_message_id: string, content: string}} message
   * @returns {Promise<{id: string, seq: number, client_message_id: string}>}
   */
  send(message) {
    return this.#request({ t: "send", ...message });
  }

  /** @param {string} conversationId @param {boolean} typing */
  typing(conversationId, typing) {
    this.#post({ t: "typing", conversation_id: conversationId, typing });
  }

  /** False when it could not go out. @param {string} conversationId @param {number} seq everything up to it is read */
  read(conversationId, seq) {
    return this.#post({ t: "read", conversation_id: conversationId, seq });
  }

  /** @param {string} conversationId @param {number} seq everything up to it has arrived */
  ack(conversationId, seq) {
    this.acks.note(conversationId, seq);
  }

  /**
   * Asks who is online, now and from now on, in place of who was asked for before; the answers come
   * as `presence.changed` signals. Unless the tenant shows presence to all, only friends are shown, and
   * members of the conversation.
   * @param {string[]} userIds at most 100
   * @param {string} [conversationId] one that this user and those are in
   */
  presence(userIds, conversationId) {
    this.#post({ t: "presence", user_ids: userIds, conversation_id: conversationId });
  }

  /** Gives the server a fresh token before the present one ends. */
  async renew() {
    this.#post({ t: "auth", token: await this.token(true) });
  }

  async #hello() {
    const socket = this.socket;
    let token;
    try {
      token = await this.token(this.#refresh);
    } catch (error) {
      return socket?.close(1000, error.message);
    }
    this.#resumed = new Map(this.cursors.entries());
    this.#resumedUser = this.cursors.user;
    this.#heads = {};
    const [first = [], ...more] = pages([...this.#resumed]);
    const cursors = Object.fromEntries(first);
    const { epoch, user } = this.cursors;
    socket?.post({ t: "hello", token, device_id: this.deviceId, cursors, user_cursor: user, epoch });
    for (const page of more) socket?.post({ t: "resume", cursors: Object.fromEntries(page) });
    this.#greeted = true;
  }

  #receive(frame) {
    this.#heartbeat?.heard();
    switch (frame.t) {
      case "ready": return this.#ready(frame);
      case "event": return this.follower.receive(frame);
      case "signal": return this.emit("signal", frame);
      case "user_event": return this.userLog.receive(frame);
      case "user_reset": return this.userLog.reset(frame.reason);
      case "reset": return this.follower.reset(frame.conversation_id, frame.reason);
      case "error": return this.emit("problem", new Problem(frame));
    }
  }

  #ready({ epoch, heads, more, user_seq }) {
    this.#adopt(epoch);
    if (user_seq !== undefined) this.userLog.head(user_seq, this.#resumedUser);
    for (const [id, head] of Object.entries(heads)) this.follower.head(id, head, this.#resumed.get(id));
    Object.assign(this.#heads, heads);
    if (more || this.state.name === "ready") return;
    this.#refresh = false;
    this.backoff.reset();
    this.#heartbeat = new Heartbeat({
      ping: () => this.#post({ t: "ping" }),
      dead: () => this.socket?.close(1000, "silent"),
      ...this.heartbeatOptions,
    });
    this.#become({ name: "ready" });
    this.acks.flush();
    this.emit("ready", { epoch, heads: this.#heads });
  }

  /** Cursors of another epoch mean nothing in this one. */
  #adopt(epoch) {
    const before = this.cursors.epoch;
    this.cursors.epoch = epoch;
    if (before === undefined || before === epoch) return;
    this.cursors.clear();
    this.cursors.user = undefined;
    this.#resumed.clear();
    this.#resumedUser = undefined;
    this.emit("reset", { reason: "epoch" });
  }

  #deliver(event) {
    if (event.type === "message.new") this.acks.note(event.conversation_id, event.seq);
    this.emit("event", event);
  }

  #ended(code, reason) {
    this.#heartbeat?.stop();
    this.acks.pause();
    this.follower.interrupt();
    this.userLog.interrupt();
    this.#greeted = false;
    if (this.state.name === "stopped") return;
    const ending = readClose(code, reason);
    const refused = ending.action === "refresh" && this.#refresh;
    this.#refresh = ending.action === "refresh";
    if (ending.action === "stop" || refused) {
      return this.#become({ name: "stopped", code, reason: ending.reason });
    }
    const retryInMs = this.backoff.next(ending.retryAfterMs);
    this.#timer = setTimeout(() => this.#again(), retryInMs);
    this.#become({ name: "waiting", retryInMs, code, reason: ending.reason });
  }

  #again() {
    this.reconnects += 1;
    this.open();
  }

  #become(state) {
    this.state = state;
    this.emit("state", state);
  }

  /** Whether the frame went out. @param {object} frame */
  #post(frame) {
    return this.#greeted && this.socket?.post(frame) === true;
  }

  /** @param {object} frame @returns {Promise<any>} */
  #request(frame) {
    if (this.#greeted && this.socket) return this.socket.request(frame);
    return Promise.reject(new Unclear("There is no connection."));
  }
}

/** @param {[string, number][]} entries */
function pages(entries) {
  const starts = Array.from({ length: Math.ceil(entries.length / CURSORS_PER_FRAME) }, (_, page) => page * CURSORS_PER_FRAME);
  return starts.map((start) => entries.slice(start, start + CURSORS_PER_FRAME));
}
