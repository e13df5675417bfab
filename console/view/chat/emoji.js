/** What the picker offers. */
export const QUICK_REACTIONS = ["👍", "❤", "😂", "🎉", "😮", "😢"];

/** Asks for the coloured form of characters that also have a plain one. @param {string} emoji */
export function colored(emoji) {
  const plain = /^\p{Emoji}$/u.test(emoji) && !/\p{Emoji_Presentation}/u.test(emoji);
  return plain ? `${emoji}\uFE0F` : emoji;
}

/** Whether the text is nothing but up to three emoji, which are shown large. @param {string} content */
export function isEmojiOnly(content) {
  return /^(?:\p{RGI_Emoji}\s*){1,3}$/v.test(content);
}
