import { WebSocketServer } from "ws";

/** A small chat server on a free port: dense logs, hello, get and send, with switches for faults. */
export class LogServer {
  logs = new Map();
  /** The user's own log. */
  userLog = [];
  hellos = [];
  frames = [];
  epoch = "e1";
  /** Events not pushed when they happen, as when a hint is lost. */
  withhold = false;
  /** Answers the next hello with this close code and reason. @type {{code: number, reason?: string}[]} */
  refusals = [];
  /** Answers to `get`, in place of the log's own. */
  ranges;
  headsPerPage = 1_000;
  /** Called after each page of heads with the page's place, counted from 1. */
  onPage = (_) => {};
  /** How many of the next sends are stored while their sender's socket dies. */
  losesAnswers = 0;
  /** The content that is refused. */
  refuses;
  #waiting = [];

  static async start() {
    const server = new LogServer();
    await server.listen(0);
    return server;
  }

  async listen(port) {
    this.sockets = new WebSocketServer({ port, host: "127.0.0.1", path: "/v1/realtime" });
    this.sockets.on("connection", (socket) => {
      socket.on("message", (text) => this.#receive(socket, JSON.parse(String(text))));
    });
    await new Promise((resolve) => this.sockets.once("listening", resolve));
    this.port = this.sockets.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** Ends every socket without a close frame, and stops listening. */
  async kill() {
    for (const socket of this.sockets.clients) socket.terminate();
    await new Promise((resolve) => this.sockets.close(resolve));
  }

  /** Ends every socket with a code, and goes on listening. */
  hangUp(code, reason = "") {
    for (const socket of this.sockets.clients) socket.close(code, reason);
  }

  append(conversationId, type, data = {}) {
    const log = this.log(conversationId);
    const event = { t: "event", conversation_id: conversationId, seq: log.length + 1, type, data };
    log.push(event);
    if (!this.withhold) this.push(event);
    return event;
  }

  appendUser(type, data = {}) {
    const event = { t: "user_event", seq: this.userLog.length + 1, type, data };
    this.userLog.push(event);
    if (!this.withhold) this.push(event);
  }

  /** The next frame of this type that a client sends. */
  received(t) {
    return new Promise((resolve) => this.#waiting.push({ t, resolve }));
  }

  push(frame) {
    for (const socket of this.sockets.clients) socket.send(JSON.stringify(frame));
  }

  log(conversationId) {
    if (!this.logs.has(conversationId)) this.logs.set(conversationId, []);
    return this.logs.get(conversationId);
  }

  #receive(socket, frame) {
    this.frames.push(frame);
    this.#waiting = this.#waiting.filter((waiter) => waiter.t !== frame.t || waiter.resolve(frame));
    const answer = (body) => socket.send(JSON.stringify({ ref: frame.ref, ...body }));
    if (frame.t === "hello") this.#hello(socket, frame, answer);
    if (frame.t === "resume") this.#resume(frame.cursors, answer);
    if (frame.t === "ping" && !this.mute) answer({ t: "pong" });
    if (frame.t === "get") answer(this.ranges?.(frame) ?? this.#range(frame));
    if (frame.t === "user_get") answer(this.#userRange(frame));
    if (frame.t === "send") this.#send(socket, frame, answer);
  }

  #hello(socket, hello, answer) {
    this.hellos.push(hello);
    const refusal = this.refusals.shift();
    if (refusal) return socket.close(refusal.code, refusal.reason);
    const heads = [...this.logs].map(([id, log]) => [id, log.length]);
    for (let at = 0; at === 0 || at < heads.length; at += this.headsPerPage) {
      const page = Object.fromEntries(heads.slice(at, at + this.headsPerPage));
      const more = at + this.headsPerPage < heads.length;
      answer({ t: "ready", epoch: this.epoch, heads: page, more, user_seq: this.userLog.length });
      this.onPage(at / this.headsPerPage + 1);
    }
    this.#resume(hello.cursors, answer);
    this.userLog.slice(hello.user_cursor ?? this.userLog.length).forEach(answer);
  }

  #userRange({ from, to }) {
    const events = this.userLog.slice(from - 1, to);
    return { t: "user_range", events, to: from + events.length - 1 };
  }

  #resume(cursors, answer) {
    for (const [id, seq] of Object.entries(cursors)) this.log(id).slice(seq).forEach(answer);
  }

  #range({ conversation_id: id, from, to }) {
    const events = this.log(id).slice(from - 1, Math.min(to, from + 99));
    return { t: "range", conversation_id: id, events, to: from + events.length - 1 };
  }

  #send(socket, { conversation_id: id, client_message_id, content }, answer) {
    if (content === this.refuses) return answer({ t: "error", code: "forbidden", detail: "No." });
    const stored = this.log(id).find((event) => event.data.client_message_id === client_message_id);
    const { seq } = stored ?? this.append(id, "message.new", { client_message_id, content });
    if (this.losesAnswers-- > 0) return socket.terminate();
    answer({ t: "sent", client_message_id, id: `m${seq}`, seq });
  }
}
