import assert from "node:assert/strict";
import test from "node:test";
import { applied, following, heard, ready, upTo } from "./following.js";

test("events arrive in order and are acknowledged together", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  const third = applied(connection, 3);
  for (const content of ["one", "two", "three"]) server.append("c", "message.new", { content });
  await third;
  assert.deepEqual(seen, [1, 2, 3]);
  const ack = await server.received("ack");
  assert.deepEqual([ack.conversation_id, ack.seq], ["c", 3]);
});

test("an event seen before is ignored", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  const second = applied(connection, 2);
  const first = server.append("c", "message.new");
  server.push(first);
  server.append("c", "message.new");
  await second;
  assert.deepEqual(seen, [1, 2]);
  assert.equal(connection.stats.repeated, 1);
});

test("a gap is fetched before what comes after it, and counted", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  const last = applied(connection, 251);
  server.withhold = true;
  for (const _ of upTo(250)) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await last;
  assert.deepEqual(seen, upTo(251));
  assert.equal(connection.stats.gaps, 1);
  const gets = server.frames.filter((frame) => frame.t === "get").map((frame) => frame.from);
  assert.deepEqual(gets, [1, 101, 201], "ranges of 100 records");
});

test("a range that the server cuts is asked for from where it ended", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  server.ranges = ({ from }) => ({ t: "range", conversation_id: "c", events: server.log("c").slice(from - 1, from), to: from });
  const last = applied(connection, 4);
  server.withhold = true;
  for (const _ of upTo(3)) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await last;
  assert.deepEqual(seen, upTo(4));
  const gets = server.frames.filter((frame) => frame.t === "get").map((frame) => frame.from);
  assert.deepEqual(gets, upTo(4));
});

test("events that come while a gap is filled are neither lost nor doubled", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  server.ranges = () => {
    server.ranges = undefined;
    server.append("c", "message.new");
    server.append("c", "message.new");
  };
  const last = applied(connection, 5);
  server.withhold = true;
  for (const _ of upTo(2)) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await last;
  assert.deepEqual(seen, upTo(5));
});

test("hidden and unknown events count", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  const last = applied(connection, 3);
  server.append("c", "hidden");
  server.append("c", "poll.closed");
  server.append("c", "message.new");
  await last;
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(connection.stats.gaps, 0);
});

test("a conversation that begins later is followed from its first event", async (t) => {
  const { server, connection, seen } = await following(t);
  await ready(connection);
  server.withhold = true;
  for (const _ of upTo(6)) server.append("joined", "message.new");
  server.withhold = false;
  const eighth = applied(connection, 8);
  server.append("joined", "participant.added");
  server.append("joined", "message.new");
  await eighth;
  assert.deepEqual(seen, [7, 8]);
  assert.equal(connection.stats.gaps, 0);
});

test("after a reset the log is followed from its next event", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  const reset = heard(connection, "reset");
  server.push({ t: "reset", conversation_id: "c", reason: "too_far_behind" });
  assert.deepEqual(await reset, { conversation_id: "c", reason: "too_far_behind" });
  server.withhold = true;
  for (const _ of upTo(4)) server.append("c", "message.new");
  server.withhold = false;
  const fifth = applied(connection, 5);
  server.append("c", "message.new");
  await fifth;
  assert.deepEqual(seen, [5]);
});

test("a range that may not be read resets its conversation only", async (t) => {
  const { server, connection } = await following(t);
  server.log("c");
  await ready(connection);
  server.ranges = () => ({ t: "error", code: "not_a_participant", detail: "You left." });
  const reset = heard(connection, "reset");
  server.push({ t: "event", conversation_id: "c", seq: 9, type: "message.new", data: {} });
  assert.deepEqual(await reset, { conversation_id: "c", reason: "not_a_participant" });
  assert.equal(connection.state.name, "ready");
});

test("a range that cannot be read now is brought by a resume", async (t) => {
  const { server, connection, seen } = await following(t);
  server.log("c");
  await ready(connection);
  server.ranges = () => {
    server.ranges = undefined;
    return { t: "error", code: "unavailable" };
  };
  const third = applied(connection, 3);
  server.withhold = true;
  for (const _ of upTo(2)) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await third;
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(connection.stats.reconnects, 1);
});
