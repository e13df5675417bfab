import assert from "node:assert/strict";
import test from "node:test";
import { applied, connect, once, ready, upTo } from "./connected.js";

test("events are delivered in order and acknowledged in one frame", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  const third = applied(connection, 3);
  for (const content of ["one", "two", "three"]) server.append("c", "message.new", { content });
  await third;
  assert.deepEqual(seen, [1, 2, 3]);
  const ack = await server.received("ack");
  assert.equal(ack.conversation_id, "c");
  assert.equal(ack.seq, 3);
});

test("duplicate event is ignored", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  const second = applied(connection, 2);
  const first = server.append("c", "message.new");
  server.push(first);
  server.append("c", "message.new");
  await second;
  assert.deepEqual(seen, [1, 2]);
  assert.equal(connection.stats.duplicates, 1);
});

test("gap is fetched before later events and counted", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  const last = applied(connection, 251);
  server.withhold = true;
  for (let n = 0; n < 250; n += 1) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await last;
  assert.deepEqual(seen, upTo(251));
  assert.equal(connection.stats.gaps, 1);
  const gets = server.frames.filter((frame) => frame.t === "get").map((frame) => frame.from);
  assert.deepEqual(gets, [1, 101, 201], "ranges of 100 records");
});

test("truncated range is continued from its end", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  server.ranges = ({ from }) => ({
    t: "range",
    conversation_id: "c",
    events: server.log("c").slice(from - 1, from),
    to: from,
  });
  const last = applied(connection, 4);
  server.withhold = true;
  for (let n = 0; n < 3; n += 1) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await last;
  assert.deepEqual(seen, upTo(4));
  const gets = server.frames.filter((frame) => frame.t === "get").map((frame) => frame.from);
  assert.deepEqual(gets, upTo(4));
});

test("events that arrive while a gap is fetched are delivered once", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  server.ranges = () => {
    server.ranges = undefined;
    server.append("c", "message.new");
    server.append("c", "message.new");
    return undefined;
  };
  const last = applied(connection, 5);
  server.withhold = true;
  for (let n = 0; n < 2; n += 1) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await last;
  assert.deepEqual(seen, upTo(5));
});

test("hidden and unknown events advance the cursor", async (t) => {
  const { server, connection, seen } = await connect(t);
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

test("new conversation is followed from its first event", async (t) => {
  const { server, connection, seen } = await connect(t);
  await ready(connection);
  server.withhold = true;
  for (let n = 0; n < 6; n += 1) server.append("joined", "message.new");
  server.withhold = false;
  const eighth = applied(connection, 8);
  server.append("joined", "participant.added");
  server.append("joined", "message.new");
  await eighth;
  assert.deepEqual(seen, [7, 8]);
  assert.equal(connection.stats.gaps, 0);
});

test("reset log is followed from its next event", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  const reset = once(connection, "reset");
  server.push({ t: "reset", conversation_id: "c", reason: "too_far_behind" });
  assert.deepEqual(await reset, { conversation_id: "c", reason: "too_far_behind" });
  server.withhold = true;
  for (let n = 0; n < 4; n += 1) server.append("c", "message.new");
  server.withhold = false;
  const fifth = applied(connection, 5);
  server.append("c", "message.new");
  await fifth;
  assert.deepEqual(seen, [5]);
});

test("range without permission resets its conversation only", async (t) => {
  const { server, connection } = await connect(t);
  server.log("c");
  await ready(connection);
  server.ranges = () => ({ t: "error", code: "not_a_participant", detail: "You left." });
  const reset = once(connection, "reset");
  server.push({ t: "event", conversation_id: "c", seq: 9, type: "message.new", data: {} });
  assert.deepEqual(await reset, { conversation_id: "c", reason: "not_a_participant" });
  assert.equal(connection.state.name, "ready");
});

test("unavailable range is delivered by a resume", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  server.ranges = () => {
    server.ranges = undefined;
    return { t: "error", code: "unavailable" };
  };
  const third = applied(connection, 3);
  server.withhold = true;
  for (let n = 0; n < 2; n += 1) server.append("c", "message.new");
  server.withhold = false;
  server.append("c", "message.new");
  await third;
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(connection.stats.reconnects, 1);
});
