/** Returns a random id of 128 bits as 32 hexadecimal digits, for messages and devices. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
