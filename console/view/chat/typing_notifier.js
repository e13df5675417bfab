/** Interval between two `typing` frames. The server drops a typing user after ten seconds. */
const REPEAT_MS = 4_000;
const IDLE_MS = 6_000;

/**
 * Notifies the other members that the user is typing: at the first key, then at intervals, and once
 * more when the user stops.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {string} id
 */
export function typingNotifier(chat, id) {
  let lastSent = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let idleTimer;
  const stop = () => {
    clearTimeout(idleTimer);
    if (lastSent > 0) chat.connection.typing(id, false);
    lastSent = 0;
  };
  const onInput = () => {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(stop, IDLE_MS);
    if (Date.now() - lastSent < REPEAT_MS) return;
    lastSent = Date.now();
    chat.connection.typing(id, true);
  };
  return { onInput, stop };
}
