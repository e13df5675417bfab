import assert from "node:assert/strict";
import { test } from "node:test";
import { newer, withOwnReaction } from "../../console/model/merge.js";
import { timelineItems } from "../../console/model/timeline_items.js";

const me = "me";

function message(seq, sender, created_at, more = {}) {
  return { id: `m${seq}`, seq, sender: { id: sender }, created_at, content: `message ${seq}`, ...more };
}

/** What stands in a timeline, as words. */
function words(of) {
  return timelineItems({ drafts: [], me, ...of }).map(({ kind, message, first, last }) => {
    if (kind !== "message") return kind;
    return `${message.content}${first ? " first" : ""}${last ? " last" : ""}`;
  });
}

test("messages of one sender within five minutes stand together", () => {
  const messages = [
    message(1, "other", "2026-03-02T10:00:00.000Z"),
    message(2, "other", "2026-03-02T10:04:00.000Z"),
    message(3, "other", "2026-03-02T10:09:00.000Z"),
    message(4, me, "2026-03-02T10:09:30.000Z"),
  ];
  assert.deepEqual(words({ messages }), [
    "day",
    "message 1 first",
    "message 2 last",
    "message 3 first last",
    "message 4 first last",
  ]);
});

test("days part messages, and one line stands above what is new", () => {
  const messages = [
    message(1, "other", "2026-03-02T12:00:00.000Z"),
    message(4, me, "2026-03-04T12:00:00.000Z"),
    message(6, "other", "2026-03-04T12:01:00.000Z"),
    message(7, "other", "2026-03-04T12:02:00.000Z"),
  ];
  const shown = words({ messages, readSeq: 1 });
  assert.deepEqual(shown, ["day", "message 1 first last", "day", "message 4 first last", "new", "message 6 first", "message 7 last"]);
});

test("a draft stands at the end until its message is there, under the same key", () => {
  const draft = { client_message_id: "c1", content: "hello", created_at: "2026-03-02T10:00:00.000Z", state: "sending" };
  const [, waiting] = timelineItems({ messages: [], drafts: [draft], me });
  const stored = message(1, me, "2026-03-02T10:00:01.000Z", { client_message_id: "c1", content: "hello" });
  const items = timelineItems({ messages: [stored], drafts: [draft], me });
  assert.equal(waiting.message.draft, draft);
  assert.deepEqual(items.map(({ key }) => key).slice(1), [waiting.key]);
});

test("an older state does not replace a newer one", () => {
  const known = { id: "m1", content: "new", changed_seq: 5, my_reactions: ["👍"] };
  assert.equal(newer(known, { id: "m1", content: "old", changed_seq: 4 }), known);
  const later = newer(known, { id: "m1", content: "newest", changed_seq: 6 });
  assert.deepEqual([later.content, later.my_reactions], ["newest", ["👍"]]);
});

test("one's own reaction is there once and goes at once", () => {
  const reacted = withOwnReaction({ id: "m1", my_reactions: ["👍"] }, "👍", true);
  assert.deepEqual(reacted.my_reactions, ["👍"]);
  assert.deepEqual(withOwnReaction(reacted, "👍", false).my_reactions, []);
});
