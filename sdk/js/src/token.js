/**
 * Returns the user's token. `refresh` is true if the server rejected the previous token as expired.
 *
 * @typedef {(refresh: boolean) => string | Promise<string>} TokenSource
 */

/**
 * Returns a token source for a fixed token or a function.
 *
 * @param {string | TokenSource} token
 * @returns {TokenSource}
 */
export function tokenSource(token) {
  return typeof token === "function" ? token : () => token;
}
