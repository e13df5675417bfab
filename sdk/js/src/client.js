import { Http } from "./http.js";
import { randomId } from "./identify.js";

/**
 * @template T
 * @typedef {{data: T[], next_cursor?: string, prev_cursor?: string, has_more: boolean}} Page
 */

/** The HTTP operations of a user. Users and conversations are named by id or `ext:<external id>`. */
export class Client {
  /** @param {ConstructorParameters<typeof Http>[0]} options */
  constructor(options) {
    this.http = new Http(options);
  }

  /** @param {string} user */
  getUser(user) {
    return this.http.request("GET", path("users", user));
  }

  /** How I stand to another. @param {string} me @param {string} other */
  getRelationship(me, other) {
    return this.http.request("GET", path("users", me, "relationships", other));
  }

  /** My friends unless `state` says otherwise. @param {string} me @param {{state?: string, limit?: number, cursor?: string}} [query] */
  listRelationships(me, query) {
    return this.http.request("GET", path("users", me, "relationships"), { query });
  }

  /**
   * @param {string} me
   * @param {string} other
   * @param {"request" | "accept" | "decline" | "cancel" | "remove" | "block" | "unblock"} action
   */
  changeRelationship(me, other, action) {
    return this.http.request("POST", path("users", me, "relationships", other), { body: { action }, repeatable: true });
  }

  /** @param {string} me @param {string} device the connection's `deviceId` @param {{platform: string, push_token?: string}} body */
  registerDevice(me, device, body) {
    return this.http.request("PUT", path("users", me, "devices", device), { body });
  }

  /** Its connections are closed. @param {string} me @param {string} device */
  removeDevice(me, device) {
    return this.http.request("DELETE", path("users", me, "devices", device));
  }

  /** My conversations, the last active first. @param {{limit?: number, cursor?: string}} [query] */
  listConversations(query) {
    return this.http.request("GET", "/v1/conversations", { query });
  }

  /** @param {string} conversation */
  getConversation(conversation) {
    return this.http.request("GET", path("conversations", conversation));
  }

  /** @param {{type: "direct" | "group" | "channel", name?: string, visibility?: string, participants?: string[]}} body */
  createConversation(body) {
    return this.http.request("POST", "/v1/conversations", { body, key: randomId() });
  }

  /** @param {string} conversation @param {{limit?: number, cursor?: string}} [query] */
  listParticipants(conversation, query) {
    return this.http.request("GET", path("conversations", conversation, "participants"), { query });
  }

  /** Those who take part already stay as they are. @param {string} conversation @param {string[]} participants users */
  addParticipants(conversation, participants) {
    const body = { participants };
    return this.http.request("POST", path("conversations", conversation, "participants"), { body, key: randomId() });
  }

  /** @param {string} conversation */
  leaveConversation(conversation) {
    return this.http.request("POST", path("conversations", conversation, "leave"));
  }

  /**
   * History, newest first unless `direction` says otherwise; `cursor` and `around` are message ids.
   * @param {string} conversation
   * @param {{limit?: number, cursor?: string, around?: string, direction?: "forward" | "backward"}} [query]
   */
  listMessages(conversation, query) {
    return this.http.request("GET", path("conversations", conversation, "messages"), { query });
  }

  /**
   * Sends a message, again if need be: the client message id makes the attempts one message.
   * @param {string} conversation
   * @param {{content: string, client_message_id?: string, type?: string, metadata?: object, attachments?: object[]}} message
   */
  sendMessage(conversation, message) {
    const body = { client_message_id: randomId(), ...message };
    return this.http.request("POST", path("conversations", conversation, "messages"), { body, repeatable: true });
  }

  /** @param {string} message @param {{content: string, version?: number}} body */
  editMessage(message, body) {
    return this.http.request("PATCH", path("messages", message), { body });
  }

  /** Leaves a tombstone. @param {string} message */
  deleteMessage(message) {
    return this.http.request("DELETE", path("messages", message));
  }

  /** @param {string} message @param {string} emoji */
  addReaction(message, emoji) {
    return this.http.request("PUT", path("messages", message, "reactions", emoji));
  }

  /** @param {string} message @param {string} emoji */
  removeReaction(message, emoji) {
    return this.http.request("DELETE", path("messages", message, "reactions", emoji));
  }

  /** @param {string} conversation @param {number} seq everything up to it is read */
  markRead(conversation, seq) {
    return this.http.request("POST", path("conversations", conversation, "read"), { body: { seq }, repeatable: true });
  }
}

/** @param {...string} segments */
function path(...segments) {
  return `/v1/${segments.map(encodeURIComponent).join("/")}`;
}
