import { Http } from "./http.js";
import { randomId } from "./random_id.js";
import { upload } from "./upload.js";

/**
 * @typedef {import("./types.js").Conversation} Conversation
 * @typedef {import("./types.js").Device} Device
 * @typedef {import("./types.js").FileLink} FileLink
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").NewFileLink} NewFileLink
 * @typedef {import("./types.js").NewConversation} NewConversation
 * @typedef {import("./types.js").NewMessage} NewMessage
 * @typedef {import("./types.js").Participant} Participant
 * @typedef {import("./types.js").ReadReceipt} ReadReceipt
 * @typedef {import("./types.js").Relationship} Relationship
 * @typedef {import("./types.js").RelationshipAction} RelationshipAction
 * @typedef {import("./types.js").User} User
 * @typedef {{limit?: number, cursor?: string}} PageQuery
 */

/**
 * @template T
 * @typedef {import("./types.js").Page<T>} Page
 */

/**
 * The HTTP operations of a user. A user or conversation is named by its id or by
 * `ext:<external id>`.
 */
export class Client {
  /** @param {import("./http.js").HttpOptions} options */
  constructor(options) {
    this.http = new Http(options);
  }

  /** @param {string} user @returns {Promise<User>} */
  getUser(user) {
    return this.http.request("GET", path("users", user));
  }

  /**
   * Returns the relationship of the user to another user.
   *
   * @param {string} user
   * @param {string} other
   * @returns {Promise<Relationship>}
   */
  getRelationship(user, other) {
    return this.http.request("GET", path("users", user, "relationships", other));
  }

  /**
   * Lists relationships of a user: friends, unless `state` names another state.
   *
   * @param {string} user
   * @param {PageQuery & {state?: string}} [query]
   * @returns {Promise<Page<Relationship>>}
   */
  listRelationships(user, query) {
    return this.http.request("GET", path("users", user, "relationships"), { query });
  }

  /**
   * @param {string} user
   * @param {string} other
   * @param {RelationshipAction} action
   * @returns {Promise<Relationship>}
   */
  changeRelationship(user, other, action) {
    const body = { action };
    return this.http.request("POST", path("users", user, "relationships", other), {
      body,
      repeatable: true,
    });
  }

  /**
   * Creates or updates a device.
   *
   * @param {string} user
   * @param {string} device the connection's `deviceId`
   * @param {{platform: string, push_token?: string}} body
   * @returns {Promise<Device>}
   */
  registerDevice(user, device, body) {
    return this.http.request("PUT", path("users", user, "devices", device), { body });
  }

  /**
   * Removes a device and closes its connections.
   *
   * @param {string} user
   * @param {string} device
   * @returns {Promise<void>}
   */
  removeDevice(user, device) {
    return this.http.request("DELETE", path("users", user, "devices", device));
  }

  /**
   * Lists the user's conversations, most recently active first.
   *
   * @param {PageQuery} [query]
   * @returns {Promise<Page<Conversation>>}
   */
  listConversations(query) {
    return this.http.request("GET", "/v1/conversations", { query });
  }

  /** @param {string} conversation @returns {Promise<Conversation>} */
  getConversation(conversation) {
    return this.http.request("GET", path("conversations", conversation));
  }

  /** @param {NewConversation} body @returns {Promise<Conversation>} */
  createConversation(body) {
    return this.http.request("POST", "/v1/conversations", { body, key: randomId() });
  }

  /**
   * @param {string} conversation
   * @param {PageQuery} [query]
   * @returns {Promise<Page<Participant>>}
   */
  listParticipants(conversation, query) {
    return this.http.request("GET", path("conversations", conversation, "participants"), { query });
  }

  /**
   * Adds users to a conversation. Existing participants are not changed.
   *
   * @param {string} conversation
   * @param {string[]} participants users
   * @returns {Promise<{data: Participant[]}>}
   */
  addParticipants(conversation, participants) {
    return this.http.request("POST", path("conversations", conversation, "participants"), {
      body: { participants },
      key: randomId(),
    });
  }

  /** @param {string} conversation @returns {Promise<void>} */
  leaveConversation(conversation) {
    return this.http.request("POST", path("conversations", conversation, "leave"));
  }

  /**
   * Lists messages, newest first unless `direction` is `forward`. `cursor` and `around` are message
   * ids.
   *
   * @param {string} conversation
   * @param {PageQuery & {around?: string, direction?: "forward" | "backward"}} [query]
   * @returns {Promise<Page<Message>>}
   */
  listMessages(conversation, query) {
    return this.http.request("GET", path("conversations", conversation, "messages"), { query });
  }

  /**
   * Sends a message. All attempts have the same client message id, so that it is stored once.
   *
   * @param {string} conversation
   * @param {NewMessage} message
   * @returns {Promise<Message>}
   */
  sendMessage(conversation, message) {
    const body = { client_message_id: randomId(), ...message };
    return this.http.request("POST", path("conversations", conversation, "messages"), {
      body,
      repeatable: true,
    });
  }

  /**
   * Edits a message. Fails with `version_conflict` if `version` is given and out of date.
   *
   * @param {string} message
   * @param {{content: string, version?: number}} body
   * @returns {Promise<Message>}
   */
  editMessage(message, body) {
    return this.http.request("PATCH", path("messages", message), { body });
  }

  /**
   * Uploads a file, to attach it to a message by its id. The upload continues after a lost
   * connection; if it cannot, it fails with {@link import("./upload.js").UploadInterruptedError},
   * whose `uploadId` continues it later.
   *
   * @param {Blob} file
   * @param {import("./upload.js").UploadOptions} [options]
   * @returns {Promise<string>} the id of the file
   */
  uploadFile(file, options = {}) {
    return upload(this.http, file, options);
  }

  /**
   * Returns links to the content of files, at most 100, in the order of the request. They need no
   * credentials and expire.
   *
   * @param {NewFileLink[]} links
   * @returns {Promise<{data: FileLink[]}>}
   */
  createFileLinks(links) {
    return this.http.request("POST", "/v1/files/links", { body: { links }, repeatable: true });
  }

  /** Replaces a message with a tombstone. @param {string} message @returns {Promise<void>} */
  deleteMessage(message) {
    return this.http.request("DELETE", path("messages", message));
  }

  /** @param {string} message @param {string} emoji @returns {Promise<Message>} */
  addReaction(message, emoji) {
    return this.http.request("PUT", path("messages", message, "reactions", emoji));
  }

  /** @param {string} message @param {string} emoji @returns {Promise<Message>} */
  removeReaction(message, emoji) {
    return this.http.request("DELETE", path("messages", message, "reactions", emoji));
  }

  /**
   * Marks a conversation as read up to `seq`.
   *
   * @param {string} conversation
   * @param {number} seq
   * @returns {Promise<ReadReceipt>}
   */
  markRead(conversation, seq) {
    return this.http.request("POST", path("conversations", conversation, "read"), {
      body: { seq },
      repeatable: true,
    });
  }
}

/** @param {...string} segments */
function path(...segments) {
  return `/v1/${segments.map(encodeURIComponent).join("/")}`;
}
