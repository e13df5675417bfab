import { WebSocketServer } from "ws";

/** @typedef {import("ws").WebSocket} WebSocket */

/**
 * @typedef {object} ClientFrame
 * @property {string} t
 * @property {string} [ref]
 * @property {string} [token]
 * @property {string} [device_id]
 * @property {Record<string, number>} [cursors]
 * @property {number} [user_cursor]
 * @property {string} conversation_id
 * @property {number} seq
 * @property {number} from
 * @property {number} to
 * @property {string} client_message_id
 * @property {string} content
 */

/** @typedef {{client_message_id?: string, content?: string}} EventData */
/** @typedef {{t: string, conversation_id: string, seq: number, type: string, data: EventData}} EventFrame */
/** @typedef {{t: string, seq: number, type: string, data: object}} UserEventFrame */
/** @typedef {(body: object) => void} Respond */

/** A small chat server on a free port: gapless logs, hello, get and send, with injected faults. */
export class LogServer {
  /** @type {Map<string, EventFrame[]>} */
  logs = new Map();
  /** The user's own log. @type {UserEventFrame[]} */
  userLog = [];
  /** @type {ClientFrame[]} */
  hellos = [];
  /** @type {ClientFrame[]} */
  frames = [];
  epoch = "e1";
  /** Whether new events are stored without being sent. */
  withhold = false;
  /** Whether pings get no response. */
  mute = false;
  /** The close frames sent in response to the next hellos. @type {{code: number, reason?: string}[]} */
  rejectedHellos = [];
  /** Replaces the response to `get`. @type {((frame: ClientFrame) => object | undefined) | undefined} */
  ranges;
  headsPerPage = 1_000;
  /** Called after each page of heads with the number of the page, from 1. @type {(page: number) => void} */
  onPage = () => {};
  /** How many of the next sends are stored without a response; the socket is terminated instead. */
  lostResponses = 0;
  /** The content that is rejected. @type {string | undefined} */
  rejectedContent;
  /** @type {{t: string, resolve: (frame: ClientFrame) => void}[]} */
  #waiters = [];
  port = 0;
  url = "";
  /** @type {WebSocketServer | undefined} */
  #server;

  static async start() {
    const server = new LogServer();
    await server.listen(0);
    return server;
  }

  /** @param {number} port */
  async listen(port) {
    const server = new WebSocketServer({ port, host: "127.0.0.1", path: "/v1/realtime" });
    server.on("connection", (socket) => {
      socket.on("message", (text) => this.#receive(socket, JSON.parse(String(text))));
    });
    await new Promise((resolve) => server.once("listening", () => resolve(undefined)));
    const address = server.address();
    this.port = address !== null && typeof address === "object" ? address.port : 0;
    this.url = `http://127.0.0.1:${this.port}`;
    this.#server = server;
  }

  /** Terminates all sockets without a close frame, and stops listening. */
  async kill() {
    for (const socket of this.#sockets()) socket.terminate();
    await new Promise((resolve) => this.#server?.close(() => resolve(undefined)));
  }

  /** Closes all sockets with a code, and keeps listening. @param {number} code @param {string} [reason] */
  hangUp(code, reason = "") {
    for (const socket of this.#sockets()) socket.close(code, reason);
  }

  /** @param {string} conversationId @param {string} type @param {EventData} [data] */
  append(conversationId, type, data = {}) {
    const log = this.log(conversationId);
    const seq = log.length + 1;
    const event = { t: "event", conversation_id: conversationId, seq, type, data };
    log.push(event);
    if (!this.withhold) this.push(event);
    return event;
  }

  /** @param {string} type @param {object} [data] */
  appendUser(type, data = {}) {
    const event = { t: "user_event", seq: this.userLog.length + 1, type, data };
    this.userLog.push(event);
    if (!this.withhold) this.push(event);
  }

  /** Resolves with the next frame of this type. @param {string} t @returns {Promise<ClientFrame>} */
  received(t) {
    return new Promise((resolve) => this.#waiters.push({ t, resolve }));
  }

  /** Sends a frame to all clients. @param {object} frame */
  push(frame) {
    for (const socket of this.#sockets()) socket.send(JSON.stringify(frame));
  }

  /** Returns the log of a conversation. @param {string} conversationId */
  log(conversationId) {
    const log = this.logs.get(conversationId) ?? [];
    this.logs.set(conversationId, log);
    return log;
  }

  #sockets() {
    return this.#server?.clients ?? new Set();
  }

  /** @param {WebSocket} socket @param {ClientFrame} frame */
  #receive(socket, frame) {
    this.frames.push(frame);
    for (const waiter of this.#waiters.filter(({ t }) => t === frame.t)) waiter.resolve(frame);
    this.#waiters = this.#waiters.filter(({ t }) => t !== frame.t);
    /** @type {Respond} */
    const respond = (body) => socket.send(JSON.stringify({ ref: frame.ref, ...body }));
    if (frame.t === "hello") this.#hello(socket, frame, respond);
    if (frame.t === "resume") this.#resume(frame.cursors, respond);
    if (frame.t === "ping" && !this.mute) respond({ t: "pong" });
    if (frame.t === "get") respond(this.ranges?.(frame) ?? this.#range(frame));
    if (frame.t === "user_get") respond(this.#userRange(frame));
    if (frame.t === "send") this.#send(socket, frame, respond);
  }

  /** @param {WebSocket} socket @param {ClientFrame} hello @param {Respond} respond */
  #hello(socket, hello, respond) {
    this.hellos.push(hello);
    const rejection = this.rejectedHellos.shift();
    if (rejection) return socket.close(rejection.code, rejection.reason);
    const heads = [...this.logs].map(([id, log]) => [id, log.length]);
    for (let start = 0; start === 0 || start < heads.length; start += this.headsPerPage) {
      const page = Object.fromEntries(heads.slice(start, start + this.headsPerPage));
      const more = start + this.headsPerPage < heads.length;
      const user_seq = this.userLog.length;
      respond({ t: "ready", epoch: this.epoch, heads: page, more, user_seq });
      this.onPage(start / this.headsPerPage + 1);
    }
    this.#resume(hello.cursors, respond);
    this.userLog.slice(hello.user_cursor ?? this.userLog.length).forEach(respond);
  }

  /** @param {ClientFrame} frame */
  #userRange({ from, to }) {
    const events = this.userLog.slice(from - 1, to);
    return { t: "user_range", events, to: from + events.length - 1 };
  }

  /** @param {Record<string, number> | undefined} cursors @param {Respond} respond */
  #resume(cursors, respond) {
    for (const [id, seq] of Object.entries(cursors ?? {})) this.log(id).slice(seq).forEach(respond);
  }

  /** @param {ClientFrame} frame */
  #range({ conversation_id: id, from, to }) {
    const events = this.log(id).slice(from - 1, Math.min(to, from + 99));
    return { t: "range", conversation_id: id, events, to: from + events.length - 1 };
  }

  /** @param {WebSocket} socket @param {ClientFrame} frame @param {Respond} respond */
  #send(socket, { conversation_id: id, client_message_id, content }, respond) {
    if (content === this.rejectedContent) {
      return respond({ t: "error", code: "forbidden", detail: "No." });
    }
    const stored = this.log(id).find((event) => event.data.client_message_id === client_message_id);
    const { seq } = stored ?? this.append(id, "message.new", { client_message_id, content });
    if (this.lostResponses-- > 0) return socket.terminate();
    respond({ t: "sent", client_message_id, id: `m${seq}`, seq });
  }
}
