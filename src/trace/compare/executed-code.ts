import type { Image, Section } from "../../toolchain/image.ts";
import type { PpuName, Trace } from "../model.ts";

const isEmptyCode = ({ executable, data, size }: Section): boolean =>
  executable && data === undefined && size > 0;

/**
 * The program of a PPU; where it has names but no contents, as in a trace that is text, with the words of the
 * instructions that were executed. Then reads the records once.
 */
export function imageWithCode(trace: Trace, ppu: PpuName): Image | undefined {
  const image = trace.image(ppu);
  if (!image?.sections.some(isEmptyCode) || trace.header.has.words === false) return image;
  const sections = image.sections.map((section) =>
    isEmptyCode(section) ? { ...section, data: new Uint8Array(section.size) } : section,
  );
  for (const record of trace.records(ppu)) {
    if (record.kind !== "instruction") continue;
    const section = sections.find(({ address, size }) => record.pc >= address && record.pc < address + size);
    if (!section?.data || record.pc + 4 > section.address + section.size) continue;
    new DataView(section.data.buffer).setInt32(record.pc - section.address, record.word);
  }
  return { ...image, sections };
}
