import assert from "node:assert/strict";
import { test } from "node:test";
import { newer, withOwnReaction } from "../../console/model/merge.js";
import { timelineItems } from "../../console/model/timeline_items.js";

/** @typedef {import("../../sdk/js/src/index.js").Draft} Draft */
/** @typedef {import("../../sdk/js/src/index.js").Message} Message */

const me = "me";

/**
 * @param {number} seq
 * @param {string} sender
 * @param {string} created_at
 * @param {Partial<Message>} [more]
 * @returns {Message}
 */
function message(seq, sender, created_at, more = {}) {
  return {
    id: `m${seq}`,
    conversation_id: "c",
    seq,
    type: "text",
    sender: { id: sender },
    content: `message ${seq}`,
    reactions: {},
    created_at,
    updated_at: created_at,
    version: 1,
    changed_seq: seq,
    ...more,
  };
}

/** Returns the items of a timeline as text. @param {{messages: Message[], readSeq?: number}} options */
function textItems(options) {
  return timelineItems({ drafts: [], me, ...options }).map((item) => {
    if (item.kind !== "message") return item.kind;
    return `${item.message.content}${item.first ? " first" : ""}${item.last ? " last" : ""}`;
  });
}

test("messages of one sender within five minutes form a group", () => {
  const messages = [
    message(1, "other", "2026-03-02T10:00:00.000Z"),
    message(2, "other", "2026-03-02T10:04:00.000Z"),
    message(3, "other", "2026-03-02T10:09:00.000Z"),
    message(4, me, "2026-03-02T10:09:30.000Z"),
  ];
  assert.deepEqual(textItems({ messages }), [
    "day",
    "message 1 first",
    "message 2 last",
    "message 3 first last",
    "message 4 first last",
  ]);
});

test("days are separated, and one separator precedes unread messages", () => {
  const messages = [
    message(1, "other", "2026-03-02T12:00:00.000Z"),
    message(4, me, "2026-03-04T12:00:00.000Z"),
    message(6, "other", "2026-03-04T12:01:00.000Z"),
    message(7, "other", "2026-03-04T12:02:00.000Z"),
  ];
  assert.deepEqual(textItems({ messages, readSeq: 1 }), [
    "day",
    "message 1 first last",
    "day",
    "message 4 first last",
    "new",
    "message 6 first",
    "message 7 last",
  ]);
});

test("a draft is shown last and keeps its key when it becomes a message", () => {
  /** @type {Draft} */
  const draft = {
    conversation_id: "c",
    client_message_id: "c1",
    content: "hello",
    attachments: [],
    created_at: "2026-03-02T10:00:00.000Z",
    state: "sending",
  };
  const [, unsent] = timelineItems({ messages: [], drafts: [draft], me });
  assert.equal(unsent.kind === "message" && unsent.message.draft, draft);
  const stored = message(1, me, "2026-03-02T10:00:01.000Z", { client_message_id: "c1" });
  const items = timelineItems({ messages: [stored], drafts: [draft], me });
  assert.deepEqual(
    items.map(({ key }) => key),
    ["day Mon Mar 02 2026", unsent.key],
  );
});

test("an older state does not replace a newer one", () => {
  const known = message(1, me, "2026-03-02T10:00:00.000Z", {
    changed_seq: 5,
    my_reactions: ["👍"],
  });
  const { my_reactions, ...event } = known;
  assert.equal(newer(known, { ...event, content: "old", changed_seq: 4 }), known);
  const later = newer(known, { ...event, content: "newest", changed_seq: 6 });
  assert.equal(later.content, "newest");
  assert.deepEqual(later.my_reactions, my_reactions);
});

test("the user's own reaction is added once and removed", () => {
  const stored = message(1, me, "2026-03-02T10:00:00.000Z", { my_reactions: ["👍"] });
  const reacted = withOwnReaction(stored, "👍", true);
  assert.deepEqual(reacted.my_reactions, ["👍"]);
  assert.deepEqual(withOwnReaction(reacted, "👍", false).my_reactions, []);
});
