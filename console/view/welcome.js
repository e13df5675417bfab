import { el } from "./dom.js";

const WORDS = {
  none: ["Open the link from the terminal", "caas prints a one-time link to this page each time it starts. It signs both demo users in."],
  used: ["This link has been used", "Each link works once, for ten minutes. Start caas again to get a new one."],
  unreachable: ["The server cannot be reached", "Check that caas is running, then load this page again."],
};

/** The page without users to chat as. @param {keyof typeof WORDS} why */
export function welcome(why) {
  const [heading, words] = WORDS[why];
  return el(
    "main",
    { class: "welcome" },
    el("img", { src: "/console/icon.svg", alt: "", width: 56, height: 56 }),
    el("h1", { text: heading }),
    el("p", { text: words }),
    el("pre", {}, el("code", { text: "cargo run --release" })),
  );
}
