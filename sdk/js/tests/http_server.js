import { createServer } from "node:http";

/** @typedef {{status: number, body?: object, headers?: Record<string, string>} | "cut"} TestResponse */

/**
 * Starts a server that returns the given responses in order. `cut` closes the socket without a
 * response.
 *
 * @param {import("node:test").TestContext} t
 * @param {TestResponse[]} responses
 */
export async function httpServer(t, responses) {
  /** @type {{method?: string, url?: string, token?: string, key?: string, body: {client_message_id?: string}}[]} */
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const text = Buffer.concat(chunks).toString();
    const { method, url, headers } = request;
    const key = headers["idempotency-key"]?.toString();
    const body = text ? JSON.parse(text) : {};
    requests.push({ method, url, token: headers.authorization, key, body });
    const next = responses.shift() ?? { status: 500 };
    if (next === "cut") return request.socket.destroy();
    response.writeHead(next.status, next.headers);
    response.end(next.body === undefined ? "" : JSON.stringify(next.body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => server.close().closeAllConnections());
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, requests };
}
