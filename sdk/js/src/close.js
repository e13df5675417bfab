/**
 * What the end of a socket asks the client to do.
 * - `retry`: connect again after a wait
 * - `refresh`: connect again with a fresh token
 * - `stop`: do not connect again
 *
 * @typedef {{action: "retry" | "refresh" | "stop", code: number, reason: string, retryAfterMs?: number}} Ending
 */

/** @type {Record<number, Ending["action"]>} */
const ACTIONS = { 4000: "stop", 4001: "refresh", 4003: "stop", 4009: "stop" };

/**
 * Reads a close frame; a code without a meaning of its own (4008 too slow or idle, 1009 frame too
 * large, 1012 restart, 1013 try later, 1006 connection lost) asks for another attempt.
 *
 * @param {number} code
 * @param {string} reason JSON by our servers, anything by what stands between
 * @returns {Ending}
 */
export function readClose(code, reason) {
  const told = parse(reason);
  return {
    action: ACTIONS[code] ?? "retry",
    code,
    reason: told.reason ?? reason,
    retryAfterMs: Number.isFinite(told.retry_after_ms) ? told.retry_after_ms : undefined,
  };
}

/** @param {string} reason @returns {any} */
function parse(reason) {
  try {
    return Object(JSON.parse(reason));
  } catch {
    return {};
  }
}
