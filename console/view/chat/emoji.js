/** The reactions in the message menu. */
export const QUICK_REACTIONS = ["👍", "❤", "😂", "🎉", "😮", "😢"];

/** Returns the emoji in its coloured form, if it also has a text form. @param {string} emoji */
export function colored(emoji) {
  const plain = /^\p{Emoji}$/u.test(emoji) && !/\p{Emoji_Presentation}/u.test(emoji);
  return plain ? `${emoji}\uFE0F` : emoji;
}

/** Returns whether the text consists of one to three emoji, which are shown large. @param {string} content */
export function isEmojiOnly(content) {
  return /^(?:\p{RGI_Emoji}\s*){1,3}$/v.test(content);
}
