import { WebSocket } from "ws";
import { Connection } from "../src/index.js";
import { LogServer } from "./log_server.js";

/** A server, a connection to it, and what arrived there; all ended with the test. */
export async function following(t, options = {}) {
  const server = await LogServer.start();
  const connection = new Connection({
    url: server.url,
    token: "token",
    WebSocket,
    backoff: { base: 1, cap: 5 },
    ...options,
  });
  const seen = [];
  connection.on("event", (event) => seen.push(event.seq));
  t.after(async () => {
    connection.close();
    await server.kill();
  });
  return { server, connection, seen };
}

/** Resolves with the first value that the emitter names so and the condition holds for. */
export function heard(emitter, name, condition = (_) => true) {
  return new Promise((resolve) => {
    const stop = emitter.on(name, (value) => {
      if (!condition(value)) return;
      stop();
      resolve(value);
    });
  });
}

/** Opens the connection and waits until it is ready. */
export async function ready(connection) {
  const isReady = heard(connection, "ready");
  connection.open();
  return isReady;
}

/** Resolves when the event with this number was applied. */
export function applied(connection, seq) {
  return heard(connection, "event", (event) => event.seq === seq);
}

/** The numbers from 1 to n. */
export function upTo(n) {
  return Array.from({ length: n }, (_, at) => at + 1);
}
