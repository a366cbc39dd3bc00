export { debugSections } from "./debug-sections.ts";
export { DWARF_REGISTER } from "./dwarf-registers.ts";
export { ImageError } from "./image-error.ts";
export { isElf, readElf } from "./read.ts";
export { writeElf } from "./write.ts";
