/** Control characters as `\\x1b`, so that names and texts of an input cannot steer the terminal. */
export const escapeControls = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
