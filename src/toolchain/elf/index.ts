export { ImageError } from "./image-error.ts";
export { isElf, readElf } from "./read.ts";
export { writeElf } from "./write.ts";
