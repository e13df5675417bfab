import { el } from "./dom.js";

/** Tells when the connection is gone, and offers to try again at once. */
export function banner(chat) {
  const words = el("span", { role: "status" });
  const retry = el("button", { class: "banner-button", type: "button", text: "Try now", onclick: () => chat.reconnect() });
  const element = el("div", { class: "banner", hidden: true }, words, retry);
  chat.on("state", ({ name, code }) => {
    if (name === "ready") element.hidden = true;
    if (name === "waiting" || name === "stopped") element.hidden = false;
    retry.hidden = name !== "waiting";
    words.textContent = name === "stopped" ? ended(code) : "Connection lost. Reconnecting…";
  });
  return element;
}

function ended(code) {
  if (code === 4009) return "This user was opened elsewhere. Reload the page to chat here.";
  if (code === 4003) return "This account may not chat at the moment.";
  return "The session has ended. Open a new link from the terminal.";
}
