import { chromium } from "playwright-core";
import { Person } from "./person.mjs";
import { Server } from "./server.mjs";

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A server, a browser and the chat page opened from the printed link, with both users on it. */
export class World {
  /** What the page must never do: fail, or ask another host. @type {string[]} */
  faults = [];

  /**
   * @param {import("playwright-core").BrowserContextOptions} [window]
   * @param {string} [engine]
   */
  static async open(window = { viewport: { width: 1360, height: 820 } }, engine = "sqlite") {
    const world = new World();
    world.server = await Server.start(engine);
    world.browser = await chromium.launch({ executablePath: process.env.CAAS_CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
    world.page = await world.browser.newPage(window);
    world.#watch();
    await world.page.goto(world.server.link);
    await world.meet();
    return world;
  }

  /** Finds both people on the page. */
  async meet() {
    await this.page.locator(".pane").nth(1).waitFor();
    const sessions = await this.page.evaluate(() => JSON.parse(sessionStorage.getItem("caas.demo")));
    [this.first, this.second] = sessions.map((session, at) => new Person(this.page, this.page.locator(".pane").nth(at), session));
  }

  /** A group of both, open in both panes. @param {string} name */
  async talkIn(name) {
    const participants = [this.second.user.id];
    const conversation = await this.first.asks("POST", "/v1/conversations", { type: "group", name, participants });
    await this.first.open(name);
    await this.second.open(name);
    return conversation;
  }

  async close() {
    await this.browser.close();
    await this.server.remove();
  }

  #watch() {
    this.page.on("pageerror", (error) => this.faults.push(String(error.stack)));
    this.page.on("request", (request) => {
      if (new URL(request.url()).host !== `127.0.0.1:${this.server.port}`) this.faults.push(request.url());
    });
    this.page.on("console", (message) => {
      if (/Content Security Policy|Uncaught/.test(message.text())) this.faults.push(message.text());
    });
  }
}
