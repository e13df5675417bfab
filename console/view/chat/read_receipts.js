/**
 * Marks a conversation as read while its end is visible.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {string} id
 * @param {HTMLElement} log the scrolling element
 * @param {{isAtEnd: () => boolean}} scroll
 */
export function readReceipts(chat, id, log, scroll) {
  const check = () => {
    const isVisible = document.visibilityState === "visible" && log.offsetParent !== null;
    if (isVisible && scroll.isAtEnd() && chat.timeline(id).loaded) chat.markRead(id);
  };
  const abort = new AbortController();
  log.addEventListener("scroll", check, abort);
  document.addEventListener("visibilitychange", check, abort);
  document.addEventListener("paneshown", check, abort);
  const unsubscribe = chat.conversations.on("changed", check);
  return {
    check,
    dispose() {
      abort.abort();
      unsubscribe();
    },
  };
}
