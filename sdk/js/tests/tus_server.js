import { createServer } from "node:http";

/**
 * What the server does with the next part: `keep` stores it, `cut` stores half of it and closes the
 * socket without a response, `unavailable` rejects it.
 *
 * @typedef {"keep" | "cut" | "unavailable"} Step
 */

/**
 * Starts a server that receives one upload by the tus protocol. After the given steps it keeps
 * every part.
 *
 * @param {import("node:test").TestContext} t
 * @param {Step[]} [steps]
 */
export async function tusServer(t, steps = []) {
  const upload = { stored: Buffer.alloc(0), length: 0, metadata: "", isRemoved: false, parts: 0 };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const { method, headers } = request;
    if (method === "POST") {
      upload.length = Number(headers["upload-length"]);
      upload.metadata = String(headers["upload-metadata"] ?? "");
      return response.writeHead(201, { location: "/v1/uploads/f1" }).end("{}");
    }
    if (method === "DELETE") upload.isRemoved = true;
    if (method === "PATCH") {
      upload.parts += 1;
      const step = steps.shift() ?? "keep";
      if (step === "unavailable") return response.writeHead(503).end();
      if (Number(headers["upload-offset"]) !== upload.stored.length) {
        return response.writeHead(409).end(JSON.stringify({ code: "upload_offset_mismatch" }));
      }
      const kept = step === "cut" ? body.subarray(0, body.length / 2) : body;
      upload.stored = Buffer.concat([upload.stored, kept]);
      if (step === "cut") return request.socket.destroy();
    }
    response.writeHead(204, { "upload-offset": String(upload.stored.length) }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => server.close().closeAllConnections());
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, upload };
}
