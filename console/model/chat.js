import { Client, Connection, Emitter, Outbox } from "../../sdk/js/src/index.js";
import { applyEvent } from "./apply_event.js";
import { applySignal } from "./apply_signal.js";
import { AttachedFiles } from "./attached_files.js";
import { Conversations } from "./conversations.js";
import { FileLinks } from "./file_links.js";
import { Members } from "./members.js";
import { Timeline } from "./timeline.js";
import { Typing } from "./typing.js";
import { Users } from "./users.js";

/**
 * @typedef {import("../../sdk/js/src/index.js").Draft} Draft
 * @typedef {import("../../sdk/js/src/index.js").State} State
 * @typedef {import("../../sdk/js/src/index.js").User} User
 */

/** Users whose presence is watched at the same time. */
const MAX_WATCHED_USERS = 100;

/**
 * The state of one user's chat, kept up to date through the public API. Does not use the DOM.
 *
 * - `state`: the state of the connection changed
 * - `selected`: another conversation was selected, or none
 * - `problem`: a request failed
 * - `ended`: the session has expired
 *
 * @extends {Emitter<{state: State, selected: string | undefined, problem: unknown, ended: undefined}>}
 */
export class Chat extends Emitter {
  /** @type {Map<string, Timeline>} */
  #timelines = new Map();
  /** Unsent text of the composer, by conversation. @type {Map<string, string>} */
  composerText = new Map();
  /** The id of the selected conversation. @type {string | undefined} */
  selected;

  /** @param {{url: string, user: User, token: string, users: User[]}} options */
  constructor({ url, user, token, users }) {
    super();
    this.me = user;
    this.users = new Users();
    users.forEach((known) => this.users.put(known));
    this.client = new Client({ url, token });
    this.connection = new Connection({ url, token });
    this.outbox = new Outbox(this);
    this.files = new AttachedFiles(this.client);
    this.links = new FileLinks({ client: this.client, url });
    this.conversations = new Conversations(this);
    this.members = new Members(this);
    this.typing = new Typing();
    this.#subscribe();
  }

  open() {
    this.connection.open();
  }

  /** Connects now instead of after the delay. */
  reconnect() {
    if (this.connection.state.name === "waiting") this.connection.open();
  }

  /** Returns the timeline of a conversation. It is created on first access. @param {string} id */
  timeline(id) {
    const { client, users } = this;
    const timeline = this.#timelines.get(id) ?? new Timeline({ client, users, id });
    this.#timelines.set(id, timeline);
    return timeline;
  }

  /** Returns the timeline of a conversation if it was created before. @param {string} id */
  openTimeline(id) {
    return this.#timelines.get(id);
  }

  /** Selects a conversation, or none. @param {string} [id] */
  select(id) {
    if (this.selected && this.selected !== id) this.openTimeline(this.selected)?.trim();
    this.selected = id;
    if (id) void this.try(() => this.#load(id));
    this.emit("selected", id);
  }

  /** Marks a conversation as read up to its last message. @param {string} id */
  markRead(id) {
    const conversation = this.conversations.get(id);
    const seq = conversation?.last_message?.seq ?? 0;
    if (seq <= (conversation?.my?.read_seq ?? 0)) return;
    if (this.connection.read(id, seq)) this.conversations.markRead(id, seq);
  }

  /** Sends a message with the files that are attached to it. @param {string} id @param {string} content */
  send(id, content) {
    const uploads = this.files.take(id);
    if (uploads.length === 0) {
      this.outbox.send(id, content);
      return;
    }
    const attachments = () => Promise.all(uploads.map((upload) => upload.attachment()));
    this.files.bind(this.outbox.send(id, content, { attachments }), uploads);
  }

  /** Removes an unsent message and cancels its uploads. @param {Draft} draft */
  discard(draft) {
    this.outbox.discard(draft);
    this.files.discard(draft);
  }

  /** Runs an operation and emits `problem` if it fails. @param {() => Promise<unknown>} operation */
  async try(operation) {
    try {
      await operation();
    } catch (error) {
      this.emit("problem", error);
    }
  }

  #subscribe() {
    this.outbox.on("sent", ({ draft, id, seq }) => this.#addSent(draft, id, seq));
    this.connection.on("ready", () => void this.try(() => this.#refresh()));
    this.connection.on("event", (event) => applyEvent(this, event));
    this.connection.on("signal", (signal) => applySignal(this, signal));
    this.connection.on("reset", ({ conversation_id }) => {
      void this.try(() => this.#reload(conversation_id));
    });
    this.connection.on("state", (state) => {
      this.emit("state", state);
      if (state.code === 4001 && state.name === "stopped") this.emit("ended", undefined);
    });
  }

  /** Shows a sent message until its event arrives. @param {Draft} draft @param {string} id @param {number} seq */
  #addSent(draft, id, seq) {
    const { conversation_id, client_message_id, content, created_at } = draft;
    const attachments = this.files.sent(draft);
    const timeline = this.openTimeline(conversation_id);
    if (!timeline || timeline.get(id)) return;
    timeline.add({
      id,
      seq,
      conversation_id,
      client_message_id,
      content,
      attachments,
      created_at,
      updated_at: created_at,
      type: attachments[0]?.type ?? "text",
      sender: { id: this.me.id, display_name: this.users.get(this.me.id).name },
      reactions: {},
      version: 1,
      changed_seq: 0,
    });
  }

  /** Reads what events do not contain: the conversation list, receipts and presence. */
  async #refresh() {
    this.typing.clear();
    await this.conversations.load();
    for (const { id, last_message, my } of this.conversations.list()) {
      const seq = last_message?.seq ?? 0;
      if (seq > (my?.delivered_seq ?? 0)) this.connection.ack(id, seq);
    }
    if (this.selected) await this.#load(this.selected);
    else this.connection.presence([]);
  }

  /** @param {string} id */
  async #load(id) {
    const timeline = this.timeline(id);
    await Promise.all([timeline.loaded ? undefined : timeline.load(), this.members.load(id)]);
    this.#watchPresence(id);
  }

  /** Watches the presence of a conversation's members. @param {string} id */
  #watchPresence(id) {
    const members = this.members.list(id).map(({ user }) => user.id);
    this.connection.presence(members.slice(0, MAX_WATCHED_USERS), id);
  }

  /** Reads a conversation again, or all of them. @param {string} [id] */
  async #reload(id) {
    for (const timeline of this.#timelines.values()) {
      if (id === undefined || timeline.id === id) timeline.clear();
    }
    if (id) await this.conversations.fetch(id);
    if (!this.selected) return;
    const timeline = this.timeline(this.selected);
    if (!timeline.loaded) await timeline.load();
  }
}
