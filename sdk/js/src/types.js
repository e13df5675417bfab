/**
 * Types of the HTTP and WebSocket API, as far as this client uses them. `docs/reference/openapi.json` in the
 * server's repository describes every field.
 */

/**
 * @template T
 * @typedef {{data: T[], has_more: boolean, next_cursor?: string, prev_cursor?: string}} Page
 */

/** @typedef {{id: string, display_name?: string, external_id?: string, avatar_url?: string}} UserSummary */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} [external_id]
 * @property {string} [name]
 * @property {string} [email]
 * @property {string} [avatar_url]
 * @property {string} role
 * @property {boolean} is_active
 * @property {string} [last_seen_at]
 * @property {Record<string, unknown>} [metadata]
 * @property {string} created_at
 * @property {string} updated_at
 * @property {number} version
 */

/** @typedef {"none" | "requested" | "pending" | "friends" | "blocked"} RelationshipState */
/** @typedef {{user: UserSummary, state: RelationshipState, favourite: boolean, remark?: string}} Relationship */
/** @typedef {"request" | "accept" | "decline" | "cancel" | "remove" | "block" | "unblock"} RelationshipAction */

/**
 * @typedef {object} Device
 * @property {string} device_id
 * @property {string} platform
 * @property {boolean} has_push_token
 * @property {string} last_seen_at
 * @property {string} created_at
 * @property {string} [name]
 * @property {string} [model]
 * @property {string} [app_version]
 */

/** @typedef {"owner" | "admin" | "member"} ParticipantRole */

/**
 * @typedef {object} Participant
 * @property {UserSummary} user
 * @property {ParticipantRole} role
 * @property {number} joined_seq
 * @property {string} joined_at
 * @property {number} [read_seq]
 * @property {number} [delivered_seq]
 * @property {number} [left_seq]
 * @property {number} changed_seq
 * @property {number} version
 */

/**
 * @typedef {object} FileVariant
 * @property {string} name width it was made for
 * @property {string} path
 * @property {string} content_type
 * @property {number} width
 * @property {number} height
 * @property {number} size
 */

/**
 * @typedef {object} Attachment
 * @property {string} type
 * @property {string} [url] link; absent for an uploaded file
 * @property {string} [file_id] uploaded file
 * @property {string} [path] content of an uploaded file
 * @property {string} [name]
 * @property {string} [mime_type]
 * @property {number} [size]
 * @property {string} [caption]
 * @property {"processing" | "ready" | "failed" | "blocked" | "removed"} [state]
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [duration_ms]
 * @property {string} [blurhash]
 * @property {number[]} [waveform]
 * @property {FileVariant[]} [variants]
 */

/** @typedef {{file_id?: string, url?: string, type?: string, name?: string, caption?: string, waveform?: number[], poster_file_id?: string}} NewAttachment */

/**
 * @typedef {object} NewFileLink
 * @property {string} file_id
 * @property {string} [message_id] a message that holds the file, for files of others
 * @property {string} [variant] the original by default
 * @property {boolean} [download] whether browsers save the content instead of showing it
 */

/** @typedef {{file_id: string, path: string, expires_at: string}} FileLink */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} conversation_id
 * @property {number} seq position in the conversation's log
 * @property {string} [client_message_id]
 * @property {string} type
 * @property {UserSummary} sender
 * @property {string} [content]
 * @property {Attachment[]} [attachments]
 * @property {Record<string, number>} reactions count per emoji
 * @property {string[]} [my_reactions] absent in events
 * @property {Record<string, unknown>} [metadata]
 * @property {string} [thread_id]
 * @property {string} created_at
 * @property {string} updated_at
 * @property {string} [edited_at]
 * @property {string} [deleted_at]
 * @property {number} version
 * @property {number} changed_seq position of the last change in the conversation's log
 */

/** @typedef {"direct" | "group" | "channel"} ConversationType */
/** @typedef {{role: ParticipantRole, unread: number, read_seq: number, delivered_seq: number}} MyConversation */

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {ConversationType} type
 * @property {string} [external_id]
 * @property {string} [name]
 * @property {string} [avatar_url]
 * @property {"public" | "private"} [visibility] of a channel
 * @property {UserSummary[]} [participants] of a direct conversation
 * @property {number} [participant_count]
 * @property {Message} [last_message] absent in events
 * @property {MyConversation} [my] the reader's own state; absent in events
 * @property {Record<string, unknown>} [metadata]
 * @property {number} [head_seq]
 * @property {string} created_at
 * @property {string} updated_at
 * @property {number} version
 * @property {number} changed_seq
 */

/**
 * @typedef {object} NewConversation
 * @property {ConversationType} type
 * @property {string} [name]
 * @property {"public" | "private"} [visibility]
 * @property {string[]} [participants] users
 * @property {string} [external_id]
 * @property {Record<string, unknown>} [metadata]
 */

/**
 * @typedef {object} NewMessage
 * @property {string} [content]
 * @property {string} [client_message_id]
 * @property {string} [type]
 * @property {string} [thread_id]
 * @property {NewAttachment[]} [attachments]
 * @property {Record<string, unknown>} [metadata]
 */

/** @typedef {{conversation_id: string, read_seq: number, delivered_seq: number, unread: number}} ReadReceipt */

/**
 * The `data` of an event, by its `type`. New types may appear at any time: ignore unknown ones.
 *
 * @typedef {{
 *   "message.new": Message,
 *   "message.updated": Message,
 *   "message.deleted": Message,
 *   "reaction.new": {message: Message, emoji: string, user_id: string},
 *   "reaction.deleted": {message: Message, emoji: string, user_id: string},
 *   "conversation.created": {conversation: Conversation},
 *   "conversation.updated": {conversation: Conversation},
 *   "conversation.deleted": {conversation: Conversation},
 *   "participant.added": {conversation_id: string, participant: Participant, actor_id?: string},
 *   "participant.updated": {conversation_id: string, participant: Participant, actor_id?: string},
 *   "participant.removed": {conversation_id: string, participant: Participant, actor_id?: string},
 *   "user.erased": {conversation_id: string, user_id: string},
 *   "messages.expired": {conversation_id: string, message_id: string},
 * }} LogEventData
 */

/**
 * @typedef {object} LogEvent
 * @property {string} conversation_id
 * @property {number} seq position in the conversation's log
 * @property {string} type such as `message.new`; ignore unknown types
 * @property {unknown} data see {@link LogEventData}
 */

/**
 * @typedef {object} UserEvent
 * @property {number} seq position in the user's log
 * @property {string} type such as `relationship.updated`; ignore unknown types
 * @property {unknown} data ids and versions of what changed
 */

/**
 * The `data` of a signal, by its `type`. Signals are transient: they have no `seq` and may be lost.
 *
 * @typedef {{
 *   "typing.started": {conversation_id: string, user_id: string},
 *   "typing.stopped": {conversation_id: string, user_id: string},
 *   "read.updated": {conversation_id: string, user_id: string, seq: number},
 *   "delivered.updated": {conversation_id: string, user_id: string, seq: number},
 *   "presence.changed": {user_id: string, online: boolean, last_seen_at?: string},
 * }} SignalData
 */

/** @typedef {{type: string, data: unknown}} Signal */

/**
 * @typedef {object} ReadyFrame
 * @property {string} epoch the id of the server's data set
 * @property {Record<string, number>} heads the last `seq` of each conversation
 * @property {boolean} more whether another page of heads follows
 * @property {number} [user_seq] the last `seq` of the user's log
 */

/** @typedef {{conversation_id: string, reason: string}} ConversationReset */
/** @typedef {{events: LogEvent[], to: number}} LogRange */
/** @typedef {{events: UserEvent[], to: number}} UserLogRange */
/** @typedef {{id: string, seq: number, client_message_id: string}} SentMessage */

/**
 * @typedef {object} ProblemFields
 * @property {string} code the stable code, such as `conversation_not_found`
 * @property {number} [status] the HTTP status; absent on error frames
 * @property {string} [title]
 * @property {string} [detail]
 * @property {{pointer: string, detail: string}[]} [errors] invalid fields
 * @property {string} [request_id]
 * @property {number} [current_version] on a version conflict
 * @property {number} [retry_after_ms] minimum delay before a retry, in milliseconds
 */

/**
 * A frame from the server.
 *
 * @typedef {(
 *   | ({t: "ready"} & ReadyFrame)
 *   | ({t: "event"} & LogEvent)
 *   | ({t: "signal"} & Signal)
 *   | ({t: "user_event"} & UserEvent)
 *   | {t: "user_reset", reason: string}
 *   | ({t: "reset"} & ConversationReset)
 *   | ({t: "error"} & ProblemFields)
 *   | {t: "pong" | undefined}
 * ) & {ref?: string}} ServerFrame
 */

export {};
