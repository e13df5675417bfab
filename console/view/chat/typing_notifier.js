/** A server forgets a typist after ten seconds. */
const AGAIN_MS = 4_000;
const IDLE_MS = 6_000;

/** Tells others that the user is writing: at the first key, then now and then, and when it ends. */
export function typist(chat, id) {
  let told = 0;
  let idle;
  const stop = () => {
    clearTimeout(idle);
    if (told > 0) chat.connection.typing(id, false);
    told = 0;
  };
  const typed = () => {
    clearTimeout(idle);
    idle = setTimeout(stop, IDLE_MS);
    if (Date.now() - told < AGAIN_MS) return;
    told = Date.now();
    chat.connection.typing(id, true);
  };
  return { typed, stop };
}
