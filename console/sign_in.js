const STORAGE_KEY = "caas.demo";

/** @typedef {import("../sdk/js/src/index.js").User} User */
/** @typedef {{user: User, token: string}} Session */

/**
 * Returns the sessions of this tab: from the one-time code in the address, or from an earlier one.
 * The code is removed from the address bar before it is used.
 *
 * @returns {Promise<{sessions?: Session[], rejected?: boolean}>}
 */
export async function signIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get("exchange");
  if (!code) return { sessions: stored() };
  history.replaceState(null, "", location.pathname + location.search);
  const sessions = await exchange(code);
  if (!sessions) return { sessions: stored(), rejected: true };
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(sessions));
  return { sessions };
}

/** Removes the sessions of this tab. */
export function signOut() {
  sessionStorage.removeItem(STORAGE_KEY);
}

/** @param {string} code @returns {Promise<Session[] | undefined>} */
async function exchange(code) {
  const response = await fetch("/v1/demo/exchange", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
    signal: AbortSignal.timeout(30_000),
  });
  return response.ok ? (await response.json()).users : undefined;
}

/** @returns {Session[] | undefined} */
function stored() {
  return JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "null") ?? undefined;
}
