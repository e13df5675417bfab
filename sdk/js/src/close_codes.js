/**
 * How the client reacts to a closed socket.
 * - `retry`: reconnect after a delay
 * - `refresh`: reconnect with a new token
 * - `stop`: do not reconnect
 *
 * @typedef {"retry" | "refresh" | "stop"} CloseAction
 */

/** @typedef {{action: CloseAction, code: number, reason: string, retryAfterMs?: number}} CloseInfo */

/** @type {Partial<Record<number, CloseAction>>} */
const ACTIONS = { 4000: "stop", 4001: "refresh", 4003: "stop", 4009: "stop" };

/**
 * Parses a close frame. All codes without an entry in the table mean `retry`: 4008 too slow or idle,
 * 1009 frame too large, 1012 restart, 1013 overloaded, 1006 connection lost.
 *
 * @param {number} code
 * @param {string} reason JSON if the server closed the socket, any text if a proxy did
 * @returns {CloseInfo}
 */
export function parseClose(code, reason) {
  const fields = parse(reason);
  return {
    action: ACTIONS[code] ?? "retry",
    code,
    reason: typeof fields.reason === "string" ? fields.reason : reason,
    retryAfterMs: finite(fields.retry_after_ms),
  };
}

/** @param {unknown} value */
function finite(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** @param {string} reason @returns {Record<string, unknown>} */
function parse(reason) {
  try {
    return Object(JSON.parse(reason));
  } catch {
    return {};
  }
}
