import { Emitter } from "../../sdk/js/src/index.js";

/**
 * @typedef {object} KnownUser
 * @property {string} id
 * @property {string} name
 * @property {string} [external_id]
 * @property {boolean} [online]
 * @property {string} [last_seen_at]
 */

/** @typedef {{id: string, name?: string, display_name?: string, external_id?: string}} NamedUser */

/**
 * Names and presence of all known users.
 *
 * @extends {Emitter<{changed: undefined}>}
 */
export class Users extends Emitter {
  /** @type {Map<string, KnownUser>} */
  #byId = new Map();

  /** Adds or updates a user. @param {NamedUser} user a user or a user summary */
  put({ id, name, display_name, external_id }) {
    const known = this.#byId.get(id);
    const shownName = display_name ?? name ?? external_id ?? "Unnamed";
    if (known?.name === shownName) return;
    this.#byId.set(id, { ...known, id, external_id, name: shownName });
    this.emit("changed", undefined);
  }

  /** @param {{user_id: string, online: boolean, last_seen_at?: string}} presence */
  setPresence({ user_id, online, last_seen_at }) {
    const known = this.#byId.get(user_id);
    if (!known) return;
    const lastSeen = last_seen_at ?? known.last_seen_at;
    this.#byId.set(user_id, { ...known, online, last_seen_at: lastSeen });
    this.emit("changed", undefined);
  }

  /** @param {string} id @returns {KnownUser} */
  get(id) {
    return this.#byId.get(id) ?? { id, name: "Unnamed" };
  }

  all() {
    return [...this.#byId.values()];
  }
}
