import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The binary under test, such as `target/debug/caas`. */
const BINARY = process.env.CAAS_BIN;
/** The engines to test on; MongoDB where a replica set is named. */
export const ENGINES = process.env.CAAS_MONGODB ? ["sqlite", "mongodb"] : ["sqlite"];
/** How long a start may take. */
const START_MS = 30_000;

/** The real server on a free port with a data folder of its own, which survives its ends. */
export class Server {
  /** @param {string} engine one of {@link ENGINES} */
  static async start(engine) {
    const server = new Server();
    server.environment = { ...process.env, ...(engine === "mongodb" && replicaSet()) };
    server.folder = await mkdtemp(join(tmpdir(), "caas-browser-"));
    server.port = await freePort();
    server.adminPort = await freePort();
    await server.begin();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process and waits for the one-time link it prints. */
  async begin() {
    const listen = ["--listen", `127.0.0.1:${this.port}`, "--admin-listen", `127.0.0.1:${this.adminPort}`];
    this.process = spawn(BINARY, ["serve", ...listen, "--data-dir", this.folder], {
      env: this.environment,
    });
    this.link = await printedLink(this.process);
  }

  /** Ends the process as a power cut does. */
  async kill() {
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
  }

  async remove() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill();
    await rm(this.folder, { recursive: true });
  }
}

/** A namespace of its own on the replica set. */
function replicaSet() {
  const prefix = `browser_${randomBytes(4).toString("hex")}`;
  const key = randomBytes(32).toString("hex");
  return { CAAS_STORE: process.env.CAAS_MONGODB, CAAS_STORE_PREFIX: prefix, CAAS_MASTER_KEY: key };
}

/** @returns {Promise<string>} */
function printedLink(process) {
  return new Promise((resolve, reject) => {
    let printed = "";
    const late = setTimeout(() => reject(new Error(`No link was printed:\n${printed}`)), START_MS);
    const read = (text) => {
      printed += text;
      const [link] = printed.match(/http:\/\/\S+#exchange=[^\s"]+(?=\s)/) ?? [];
      if (!link) return;
      clearTimeout(late);
      resolve(link);
    };
    process.stdout.on("data", read);
    process.stderr.on("data", read);
    process.once("exit", (code) => reject(new Error(`The server ended with ${code}:\n${printed}`)));
  });
}

async function freePort() {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address();
  await new Promise((resolve) => holder.close(resolve));
  return port;
}
