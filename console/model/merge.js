/**
 * The newer of two states of a message. Events do not know the reader's own reactions, so those
 * known before stay.
 * @param {any} known
 * @param {any} given
 */
export function newer(known, given) {
  if (!known) return given;
  if (given.changed_seq < known.changed_seq) return known;
  return { ...given, my_reactions: given.my_reactions ?? known.my_reactions };
}

/**
 * The message after the reader's own reaction came or went.
 * @param {any} message
 * @param {string} emoji
 * @param {boolean} present
 */
export function withOwnReaction(message, emoji, present) {
  const others = (message.my_reactions ?? []).filter((other) => other !== emoji);
  return { ...message, my_reactions: present ? [...others, emoji] : others };
}
