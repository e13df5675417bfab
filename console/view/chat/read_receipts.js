/**
 * Marks a conversation read while its end is on the screen.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id
 * @param {HTMLElement} log
 * @param {{isAtEnd: () => boolean}} scroll
 */
export function reading(chat, id, log, scroll) {
  const check = () => {
    const onScreen = document.visibilityState === "visible" && log.offsetParent !== null;
    if (onScreen && scroll.isAtEnd() && chat.timeline(id).loaded) chat.markRead(id);
  };
  const ends = new AbortController();
  log.addEventListener("scroll", check, ends);
  document.addEventListener("visibilitychange", check, ends);
  document.addEventListener("paneshown", check, ends);
  const stop = chat.conversations.on("changed", check);
  return {
    check,
    dispose() {
      ends.abort();
      stop();
    },
  };
}
