/** Numbers and bytes as the protocol writes them: hex digits, big endian like the target. */

export const hexBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Bytes of an even number of hex digits; undefined for anything else. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, "hex"));
}

export const hexText = (text: string): string => Buffer.from(text, "utf8").toString("hex");

export function textOfHex(text: string): string | undefined {
  const bytes = bytesOfHex(text);
  return bytes && Buffer.from(bytes).toString("utf8");
}

export const hexNumber = (value: number): string => value.toString(16);
export const address = (value: number): string => `0x${(value >>> 0).toString(16)}`;
