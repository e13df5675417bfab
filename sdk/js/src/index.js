/**
 * @typedef {import("./backoff.js").BackoffOptions} BackoffOptions
 * @typedef {import("./connection.js").ConnectionEvents} ConnectionEvents
 * @typedef {import("./connection.js").ConnectionOptions} ConnectionOptions
 * @typedef {import("./connection.js").State} State
 * @typedef {import("./cursors.js").Cursors} Cursors
 * @typedef {import("./http.js").HttpOptions} HttpOptions
 * @typedef {import("./outbox.js").Draft} Draft
 * @typedef {import("./token.js").TokenSource} TokenSource
 * @typedef {import("./types.js").Attachment} Attachment
 * @typedef {import("./types.js").Conversation} Conversation
 * @typedef {import("./types.js").ConversationType} ConversationType
 * @typedef {import("./types.js").Device} Device
 * @typedef {import("./types.js").FileLink} FileLink
 * @typedef {import("./types.js").LogEvent} LogEvent
 * @typedef {import("./types.js").LogEventData} LogEventData
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./types.js").MyConversation} MyConversation
 * @typedef {import("./types.js").NewAttachment} NewAttachment
 * @typedef {import("./types.js").NewFileLink} NewFileLink
 * @typedef {import("./types.js").Participant} Participant
 * @typedef {import("./types.js").ParticipantRole} ParticipantRole
 * @typedef {import("./types.js").Relationship} Relationship
 * @typedef {import("./types.js").Signal} Signal
 * @typedef {import("./types.js").SignalData} SignalData
 * @typedef {import("./types.js").User} User
 * @typedef {import("./types.js").UserEvent} UserEvent
 * @typedef {import("./types.js").UserSummary} UserSummary
 * @typedef {import("./upload.js").UploadOptions} UploadOptions
 */

/**
 * @template T
 * @typedef {import("./types.js").Page<T>} Page
 */

export { Client } from "./client.js";
export { Connection } from "./connection.js";
export { MemoryCursors } from "./cursors.js";
export { Emitter } from "./emitter.js";
export { Outbox } from "./outbox.js";
export { OutcomeUnknownError, Problem, isTransient } from "./problem.js";
export { randomId } from "./random_id.js";
export { UploadInterruptedError } from "./upload.js";
