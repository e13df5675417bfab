import assert from "node:assert/strict";
import test from "node:test";
import { MemoryCursors } from "../src/index.js";
import { applied, connect, once, ready, upTo } from "./connected.js";

test("events missed while the server was down are delivered once", async (t) => {
  const { server, connection, seen } = await connect(t);
  server.log("c");
  await ready(connection);
  const second = applied(connection, 2);
  for (let n = 0; n < 2; n += 1) server.append("c", "message.new");
  await second;
  await server.kill();
  for (let n = 0; n < 3; n += 1) server.append("c", "message.new");
  const fifth = applied(connection, 5);
  await server.listen(server.port);
  await fifth;
  assert.deepEqual(seen, upTo(5));
  assert.deepEqual(server.hellos.at(-1)?.cursors, { c: 2 });
  assert.equal(server.hellos[0].device_id, server.hellos.at(-1)?.device_id);
});

test("cursors are sent in pages of 1,000 and ready waits for the last page of heads", async (t) => {
  const cursors = new MemoryCursors();
  const { server, connection, seen } = await connect(t, { cursors });
  for (const n of upTo(2_500)) {
    server.append(`c${n}`, "message.new");
    cursors.set(`c${n}`, 1);
  }
  server.append("c2500", "message.new");
  const missed = applied(connection, 2);
  const { heads } = await ready(connection);
  await missed;
  assert.equal(Object.keys(heads).length, 2_500);
  const sizes = server.frames.flatMap(({ cursors }) =>
    cursors ? [Object.keys(cursors).length] : [],
  );
  assert.deepEqual(sizes, [1_000, 1_000, 500]);
  assert.deepEqual(seen, [2]);
});

test("event that arrives before the head of its conversation is kept", async (t) => {
  const { server, connection, seen } = await connect(t);
  for (const n of upTo(3)) server.append(`c${n}`, "message.new");
  server.headsPerPage = 1;
  server.onPage = (page) => {
    if (page === 1) server.append("c3", "message.new");
  };
  const third = applied(connection, 3);
  await ready(connection);
  server.append("c3", "message.new");
  await third;
  assert.deepEqual(seen, [2, 3]);
  assert.equal(connection.stats.resets, 0);
});

test("new epoch drops all cursors", async (t) => {
  const { server, connection, seen } = await connect(t);
  for (let n = 0; n < 5; n += 1) server.append("c", "message.new");
  await ready(connection);
  server.epoch = "e2";
  server.log("c").length = 3;
  const reset = once(connection, "reset");
  const again = once(connection, "ready");
  server.hangUp(1012);
  assert.deepEqual(await reset, { reason: "epoch" });
  await again;
  const fourth = applied(connection, 4);
  server.append("c", "message.new");
  await fourth;
  assert.deepEqual(seen, [4]);
});

test("log that became shorter is reset", async (t) => {
  const { server, connection } = await connect(t);
  for (let n = 0; n < 5; n += 1) server.append("c", "message.new");
  await ready(connection);
  server.log("c").length = 2;
  const reset = once(connection, "reset");
  server.hangUp(1012);
  assert.deepEqual(await reset, { conversation_id: "c", reason: "log_shorter" });
});

test("user log is followed, filled and resumed", async (t) => {
  const { server, connection } = await connect(t);
  /** @type {number[]} */
  const seen = [];
  connection.on("user_event", (event) => seen.push(event.seq));
  server.appendUser("conversation.joined");
  await ready(connection);
  server.withhold = true;
  server.appendUser("profile.updated");
  server.withhold = false;
  const third = once(connection, "user_event", (event) => event.seq === 3);
  server.appendUser("preferences.updated");
  await third;
  await server.kill();
  server.appendUser("device.removed");
  const fourth = once(connection, "user_event", (event) => event.seq === 4);
  await server.listen(server.port);
  assert.equal((await fourth).type, "device.removed");
  assert.deepEqual(seen, [2, 3, 4]);
  assert.equal(server.hellos.at(-1)?.user_cursor, 3);
});
