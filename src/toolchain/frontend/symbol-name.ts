/** Name of a function or global as symbols show it: asc's, without the prefix of the library. */
export function symbolName(internalName: string): string {
  return internalName.replace(/^~lib\//, "");
}
