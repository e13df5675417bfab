import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The binary under test, such as `target/debug/caas`. */
const BINARY = process.env.CAAS_BIN ?? "caas";
/** The engines to test on: MongoDB too if a replica set is given. */
export const ENGINES = process.env.CAAS_MONGODB ? ["sqlite", "mongodb"] : ["sqlite"];
/** Time limit of a start. */
const START_MS = 30_000;

/** A real server on a free port. Its data directory survives restarts. */
export class Server {
  /** The one-time link that the server printed. */
  link = "";
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;

  /**
   * @param {object} options
   * @param {NodeJS.ProcessEnv} options.environment
   * @param {string} options.dataDir
   * @param {number} options.port
   * @param {number} options.adminPort
   */
  constructor({ environment, dataDir, port, adminPort }) {
    this.environment = environment;
    this.dataDir = dataDir;
    this.port = port;
    this.adminPort = adminPort;
  }

  /** @param {string} engine one of {@link ENGINES} */
  static async start(engine) {
    const dataDir = await mkdtemp(join(tmpdir(), "caas-browser-"));
    const server = new Server({
      environment: { ...process.env, ...(engine === "mongodb" ? replicaSet(dataDir) : {}) },
      dataDir,
      port: await freePort(),
      adminPort: await freePort(),
    });
    await server.begin();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process and waits for the one-time link that it prints. */
  async begin() {
    const address = `127.0.0.1:${this.port}`;
    const adminAddress = `127.0.0.1:${this.adminPort}`;
    const listen = ["--listen", address, "--admin-listen", adminAddress];
    const child = spawn(BINARY, ["serve", ...listen, "--data-dir", this.dataDir], {
      env: this.environment,
    });
    this.#process = child;
    this.link = await printedLink(child);
  }

  /** Kills the process, as a power failure would. */
  async kill() {
    assert.ok(this.#process);
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exit;
  }

  async remove() {
    const isRunning = this.#process?.exitCode === null && this.#process.signalCode === null;
    if (isRunning) await this.kill();
    await rm(this.dataDir, { recursive: true });
  }
}

/** Returns the settings for a separate namespace of the replica set. @param {string} dataDir */
function replicaSet(dataDir) {
  return {
    CAAS_STORE: process.env.CAAS_MONGODB,
    CAAS_STORE_PREFIX: `browser_${randomBytes(4).toString("hex")}`,
    CAAS_MEDIA_URL: `file://${dataDir}/media`,
    CAAS_MASTER_KEY: randomBytes(32).toString("hex"),
  };
}

/** @param {import("node:child_process").ChildProcessWithoutNullStreams} child @returns {Promise<string>} */
function printedLink(child) {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`No link was printed:\n${output}`)), START_MS);
    /** @param {unknown} text */
    const read = (text) => {
      output += text;
      const [link] = output.match(/http:\/\/\S+#exchange=[^\s"]+(?=\s)/) ?? [];
      if (!link) return;
      clearTimeout(timer);
      resolve(link);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`The server exited with ${code}:\n${output}`)));
  });
}

async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  assert.ok(address !== null && typeof address === "object");
  await new Promise((resolve) => listener.close(resolve));
  return address.port;
}
