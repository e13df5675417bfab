/**
 * Gives the user's token. `refresh` says that the last one was refused as ended.
 * @typedef {(refresh: boolean) => string | Promise<string>} TokenSource
 */

/**
 * @param {string | TokenSource} token a fixed token or a source of fresh ones
 * @returns {TokenSource}
 */
export function tokenSource(token) {
  return typeof token === "function" ? token : () => token;
}
