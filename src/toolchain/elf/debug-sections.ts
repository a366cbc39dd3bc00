import type { Image } from "../image.ts";
import type { DebugSections } from "./dwarf-form.ts";
import { writeDwarf } from "./dwarf-write.ts";

/** The DWARF sections of an image by name: those of the file it was read from, or written for it now. */
export function debugSections(image: Image): DebugSections {
  return image.debugSections ?? writeDwarf(image);
}
