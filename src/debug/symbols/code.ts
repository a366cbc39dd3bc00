import { decode, field } from "../../../isa/decode.ts";
import type { Image } from "../../toolchain/image.ts";
import { sectionAt } from "../../toolchain/symbols.ts";

/** Vectors of reset and interrupts: one branch each (firmware-abi section 2). */
export const VECTORS = { reset: 0, first: 4, end: 0x34 };

/** Instruction words of an image by address. */
export class Code {
  private readonly image: Image;

  constructor(image: Image) {
    this.image = image;
  }

  isExecutable(address: number): boolean {
    return address % 4 === 0 && sectionAt(this.image, address)?.executable === true;
  }

  /** The word at an address of code; undefined outside of it. */
  word(address: number): number | undefined {
    const section = sectionAt(this.image, address);
    if (!section?.executable || !section.data) return undefined;
    const at = address - section.address;
    if (at + 4 > section.data.length) return undefined;
    return new DataView(section.data.buffer, section.data.byteOffset).getInt32(at);
  }

  /** Where direct calls and the branches of interrupt vectors go. */
  callTargets(): ReadonlySet<number> {
    const targets = new Set<number>();
    for (const section of this.image.sections) {
      if (!section.executable) continue;
      for (let at = section.address; at < section.address + section.size; at += 4) {
        const word = this.word(at);
        if (word === undefined) break;
        if (decode(word)?.mnemonic !== "b") continue;
        if (field(word, "LK") === 0 && at >= VECTORS.end) continue;
        targets.add(((field(word, "AA") === 1 ? 0 : at) + field(word, "LI")) >>> 0);
      }
    }
    return targets;
  }
}
