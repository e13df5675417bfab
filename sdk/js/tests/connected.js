import { WebSocket } from "ws";
import { Connection } from "../src/index.js";
import { LogServer } from "./log_server.js";

/** @typedef {import("../src/index.js").ConnectionEvents} ConnectionEvents */

/**
 * Starts a server and creates a connection to it. `seen` collects the `seq` of each event. Both are
 * closed after the test.
 *
 * @param {import("node:test").TestContext} t
 * @param {Partial<import("../src/index.js").ConnectionOptions>} [options]
 */
export async function connect(t, options = {}) {
  const server = await LogServer.start();
  const connection = new Connection({
    url: server.url,
    token: "token",
    WebSocket,
    backoff: { baseMs: 1, maxMs: 5 },
    ...options,
  });
  /** @type {number[]} */
  const seen = [];
  connection.on("event", (event) => seen.push(event.seq));
  t.after(async () => {
    connection.close();
    await server.kill();
  });
  return { server, connection, seen };
}

/**
 * Resolves with the first value of an event that meets the condition.
 *
 * @template {object} Events
 * @template {keyof Events} Name
 * @param {import("../src/index.js").Emitter<Events>} emitter
 * @param {Name} name
 * @param {(value: Events[Name]) => boolean} [condition]
 * @returns {Promise<Events[Name]>}
 */
export function once(emitter, name, condition = () => true) {
  return new Promise((resolve) => {
    const unsubscribe = emitter.on(name, (value) => {
      if (!condition(value)) return;
      unsubscribe();
      resolve(value);
    });
  });
}

/** Opens the connection and waits until it is ready. @param {Connection} connection */
export async function ready(connection) {
  const isReady = once(connection, "ready");
  connection.open();
  return isReady;
}

/** Resolves when the event with this `seq` is delivered. @param {Connection} connection @param {number} seq */
export function applied(connection, seq) {
  return once(connection, "event", (event) => event.seq === seq);
}

/** Returns the numbers from 1 to n. @param {number} n */
export function upTo(n) {
  return Array.from({ length: n }, (_, index) => index + 1);
}
