/** A word as 8 hexadecimal digits, for messages. */
export const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
