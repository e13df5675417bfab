import { Client, Connection, Emitter, Outbox } from "../../sdk/js/src/index.js";
import { applyEvent } from "./apply_event.js";
import { applySignal } from "./apply_signal.js";
import { Conversations } from "./conversations.js";
import { Members } from "./members.js";
import { People } from "./people.js";
import { Timeline } from "./timeline.js";
import { Typing } from "./typing.js";

/** Whose presence is watched at most. */
const WATCHED = 100;

/**
 * What one user sees, kept up to date through the public API. It knows no DOM.
 *
 * Emits `state` (of the connection), `selected` (a conversation's id or undefined), `problem` (an
 * error to show) and `ended` (the session is over).
 */
export class Chat extends Emitter {
  /** @type {Map<string, Timeline>} */
  #timelines = new Map();
  /** What was typed and not sent, by conversation. @type {Map<string, string>} */
  typed = new Map();
  /** @type {string | undefined} */
  selected;

  /** @param {{url: string, user: any, token: string, people: any[]}} options */
  constructor({ url, user, token, people }) {
    super();
    this.me = user;
    this.people = new People();
    people.forEach((person) => this.people.learn(person));
    this.client = new Client({ url, token });
    this.connection = new Connection({ url, token });
    this.outbox = new Outbox(this);
    this.conversations = new Conversations(this);
    this.members = new Members(this);
    this.typing = new Typing();
    this.#listen();
  }

  open() {
    this.connection.open();
  }

  /** Ends a wait for the next attempt. */
  reconnect() {
    if (this.connection.state.name === "waiting") this.connection.open();
  }

  /** @param {string} id */
  timeline(id) {
    const timeline = this.#timelines.get(id) ?? new Timeline({ client: this.client, people: this.people, id });
    this.#timelines.set(id, timeline);
    return timeline;
  }

  /** The timeline when it is read already. @param {string} id */
  openTimeline(id) {
    return this.#timelines.get(id);
  }

  /** @param {string} [id] none closes the conversation */
  select(id) {
    if (this.selected && this.selected !== id) this.openTimeline(this.selected)?.trim();
    this.selected = id;
    if (id) void this.try(() => this.#read(id));
    this.emit("selected", id);
  }

  /** The user sees everything that was said up to now. @param {string} id */
  markRead(id) {
    const conversation = this.conversations.get(id);
    const seq = conversation?.last_message?.seq ?? 0;
    if (seq <= (conversation?.my?.read_seq ?? 0)) return;
    if (this.connection.read(id, seq)) this.conversations.read(id, seq);
  }

  /** Does what may fail, and shows the problem. @param {() => Promise<any>} work */
  async try(work) {
    try {
      return await work();
    } catch (error) {
      this.emit("problem", error);
    }
  }

  #listen() {
    this.outbox.on("sent", (sent) => this.#sent(sent));
    this.connection.on("ready", () => void this.try(() => this.#refresh()));
    this.connection.on("event", (event) => applyEvent(this, event));
    this.connection.on("signal", (signal) => applySignal(this, signal));
    this.connection.on("reset", ({ conversation_id }) => void this.try(() => this.#reread(conversation_id)));
    this.connection.on("state", (state) => {
      this.emit("state", state);
      if (state.code === 4001 && state.name === "stopped") this.emit("ended");
    });
  }

  /** Shows what was taken until its record arrives. */
  #sent({ draft: { state, error, ...said }, id, seq }) {
    const sender = { id: this.me.id, display_name: this.people.get(this.me.id).name };
    const timeline = this.openTimeline(said.conversation_id);
    if (!timeline?.get(id)) timeline?.add({ ...said, id, seq, sender, changed_seq: 0 });
  }

  /** What events do not bring: the list at the start, marks, and who is online. */
  async #refresh() {
    this.typing.clear();
    await this.conversations.load();
    for (const { id, last_message, my } of this.conversations.list()) {
      if (last_message?.seq > (my?.delivered_seq ?? 0)) this.connection.ack(id, last_message.seq);
    }
    if (this.selected) await this.#read(this.selected);
    else this.connection.presence([]);
  }

  /** @param {string} id */
  async #read(id) {
    const timeline = this.timeline(id);
    await Promise.all([timeline.loaded ? undefined : timeline.load(), this.members.load(id)]);
    this.#watchPresence(id);
  }

  /** Watches the members of a conversation. @param {string} id */
  #watchPresence(id) {
    const members = this.members.of(id).map(({ user }) => user.id);
    this.connection.presence(members.slice(0, WATCHED), id);
  }

  /** @param {string} [id] all when none is named */
  async #reread(id) {
    for (const timeline of this.#timelines.values()) {
      if (id === undefined || timeline.id === id) timeline.clear();
    }
    if (id) await this.conversations.fetch(id);
    if (this.selected && !this.timeline(this.selected).loaded) await this.timeline(this.selected).load();
  }
}
