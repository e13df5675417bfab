import { createServer } from "node:http";

/** A server whose answers a test queues up; each is {status, body, headers} or "cut". */
export async function httpServer(t, answers) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const text = await request.toArray().then((parts) => Buffer.concat(parts).toString());
    const { method, url, headers } = request;
    requests.push({ method, url, token: headers.authorization, key: headers["idempotency-key"], body: text && JSON.parse(text) });
    const answer = answers.shift() ?? { status: 500 };
    if (answer === "cut") return request.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}
