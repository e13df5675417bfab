/** Older messages are read when their place is this near, in pixels. */
const NEAR = 600;

/**
 * Reads the page before the oldest message shown when its place comes near.
 * @param {import("../model/chat.js").Chat} chat
 * @param {import("../model/timeline.js").Timeline} timeline
 * @param {HTMLElement} log what scrolls
 * @param {HTMLElement} older stands for what is not shown; says whether there is more
 */
export function olderLoader(chat, timeline, log, older) {
  return async () => {
    const near = log.clientHeight > 0 && log.scrollTop < NEAR;
    if (!near || !older.hasAttribute("data-more") || timeline.loading) return;
    log.setAttribute("aria-busy", "true");
    await chat.try(() => timeline.loadOlder());
    log.removeAttribute("aria-busy");
  };
}
