/** @typedef {import("../../sdk/js/src/index.js").Message} Message */

/**
 * Returns the newer of two states of a message. Events do not contain the reader's own reactions, so
 * the known ones are kept.
 *
 * @param {Message | undefined} known
 * @param {Message} given
 * @returns {Message}
 */
export function newer(known, given) {
  if (!known) return given;
  if (given.changed_seq < known.changed_seq) return known;
  return { ...given, my_reactions: given.my_reactions ?? known.my_reactions };
}

/**
 * Returns the message with the reader's own reaction added or removed.
 *
 * @param {Message} message
 * @param {string} emoji
 * @param {boolean} present
 * @returns {Message}
 */
export function withOwnReaction(message, emoji, present) {
  const others = (message.my_reactions ?? []).filter((other) => other !== emoji);
  return { ...message, my_reactions: present ? [...others, emoji] : others };
}
