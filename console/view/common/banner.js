import { el } from "./dom.js";

/** Tells when the connection is gone, and offers to try again at once. */
export function banner(chat) {
  const words = el("span", { role: "status" });
  const retry = el("button", { class: "banner-button", type: "button", text: "Try now", hidden: true, onclick: () => chat.reconnect() });
  const element = el("div", { class: "banner" }, words, retry);
  chat.on("state", ({ name, code }) => {
    if (name === "connecting") return;
    words.textContent = { ready: "", stopped: ended(code) }[name] ?? "Connection lost. Reconnecting…";
    retry.hidden = name !== "waiting";
    element.toggleAttribute("data-shown", name !== "ready");
  });
  return element;
}

function ended(code) {
  if (code === 4009) return "This user was opened elsewhere. Reload the page to chat here.";
  if (code === 4003) return "This account may not chat at the moment.";
  return "The session has ended. Open a new link from the terminal.";
}
