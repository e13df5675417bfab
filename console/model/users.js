import { Emitter } from "../../sdk/js/src/index.js";

/** Everybody seen so far: names, and who is online. Emits `changed`. */
export class People extends Emitter {
  /** @type {Map<string, {id: string, name: string, external_id?: string, online?: boolean, last_seen_at?: string}>} */
  #byId = new Map();

  /** Takes in a user or the card of one that stands beside a message. @param {any} user */
  learn(user) {
    const known = this.#byId.get(user.id);
    const name = user.display_name ?? user.name ?? user.external_id ?? "Unnamed";
    if (known?.name === name) return;
    this.#byId.set(user.id, { ...known, id: user.id, external_id: user.external_id, name });
    this.emit("changed");
  }

  /** @param {{user_id: string, online: boolean, last_seen_at?: string}} presence */
  seen({ user_id, online, last_seen_at }) {
    const known = this.#byId.get(user_id);
    if (!known) return;
    this.#byId.set(user_id, { ...known, online, last_seen_at: last_seen_at ?? known.last_seen_at });
    this.emit("changed");
  }

  /** @param {string} id */
  get(id) {
    return this.#byId.get(id) ?? { id, name: "Unnamed" };
  }

  all() {
    return [...this.#byId.values()];
  }
}
