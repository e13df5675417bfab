const STORED = "caas.demo";

/**
 * The users this tab may chat as: from the one-time code in the address, or from an earlier one.
 * The code leaves the address bar at once.
 * @returns {Promise<{users?: {user: any, token: string}[], refused?: boolean}>}
 */
export async function signIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get("exchange");
  if (!code) return { users: stored() };
  history.replaceState(null, "", location.pathname + location.search);
  const users = await exchange(code);
  if (!users) return { users: stored(), refused: true };
  sessionStorage.setItem(STORED, JSON.stringify(users));
  return { users };
}

/** Forgets the users of this tab. */
export function signOut() {
  sessionStorage.removeItem(STORED);
}

/** @param {string} code */
async function exchange(code) {
  const response = await fetch("/v1/demo/exchange", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
    signal: AbortSignal.timeout(30_000),
  });
  return response.ok ? (await response.json()).users : undefined;
}

function stored() {
  return JSON.parse(sessionStorage.getItem(STORED) ?? "null") ?? undefined;
}
