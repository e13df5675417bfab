// Compiled, not run: a TypeScript program that uses the published declarations of the package.
import { Client, Connection, Outbox, OutcomeUnknownError, Problem } from "@caas/client";
import type { Message, Page } from "@caas/client";

const options = {
  url: "https://chat.example.com",
  token: async (refresh: boolean) => (refresh ? "new" : "old"),
};
const client = new Client(options);
const connection = new Connection(options);
const outbox = new Outbox({ connection, client });

connection.on("event", ({ seq, type }) => console.log(seq.toFixed(), type.length));
connection.on("state", ({ name }) => {
  // @ts-expect-error: not a state
  if (name === "lost") console.log(name);
});
outbox.send("conversation", "Hello").state satisfies "preparing" | "waiting" | "sending" | "failed";
client
  .uploadFile(new Blob(["text"]), { onProgress: ({ sent, total }) => console.log(sent / total) })
  .then((id) => id.length, console.error);

export async function newest(conversation: string): Promise<string | undefined> {
  try {
    const page: Page<Message> = await client.listMessages(conversation, { limit: 1 });
    return page.data[0]?.content;
  } catch (error) {
    if (error instanceof Problem) return error.code;
    if (error instanceof OutcomeUnknownError) return undefined;
    throw error;
  }
}
