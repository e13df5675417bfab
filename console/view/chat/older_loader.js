/** Distance from the start of the timeline at which older messages are loaded, in pixels. */
const THRESHOLD = 600;

/**
 * Returns a function that loads the page before the oldest message if the start is near.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {import("../../model/timeline.js").Timeline} timeline
 * @param {HTMLElement} log the scrolling element
 */
export function olderLoader(chat, timeline, log) {
  return async () => {
    const isNear = log.clientHeight > 0 && log.scrollTop < THRESHOLD;
    if (!isNear || !timeline.hasOlder || timeline.loading) return;
    log.setAttribute("aria-busy", "true");
    await chat.try(() => timeline.loadOlder());
    log.removeAttribute("aria-busy");
  };
}
