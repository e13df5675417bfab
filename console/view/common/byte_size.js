const UNITS = ["B", "kB", "MB", "GB"];

/** Returns a size for the user, such as `1.4 MB`. @param {number} bytes */
export function byteSize(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
