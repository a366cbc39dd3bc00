/** The recording loops against the plain recorder. */
import { describe, expect, it } from "vitest";
import { Chip, type PpuSelection } from "../../src/chip/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { loadProgramFile, memoryPieces } from "../../src/toolchain/loader.ts";
import { PPUS, type PpuName, type TraceRecord } from "../../src/trace/model.ts";
import { RawDecoder } from "../../src/trace/raw.ts";
import { ReferenceRecorder } from "./reference-recorder.ts";

type Records = Record<PpuName, TraceRecord[]>;

function prepare(image: Image, ppus: PpuSelection): Chip {
  const chip = new Chip({ chipSeed: 1, noiseSeed: 2 });
  chip.load(memoryPieces(image), ppus);
  chip.reset(ppus);
  return chip;
}

/** Records of a run in slices of so many cycles. */
function recorded(image: Image, ppus: PpuSelection, slice: number, most: number): Records {
  const chip = prepare(image, ppus);
  const records: Records = { top: [], bottom: [] };
  const decoders = { top: new RawDecoder("top"), bottom: new RawDecoder("bottom") };
  const recording = chip.record("both", (ppu, words, from, end, base) => {
    decoders[ppu].decode(words, from, end, base, records[ppu]);
  });
  while (
    chip.cycle < most &&
    chip.run({ maxCycles: Math.min(slice, most - chip.cycle) }).reason === "cycles"
  );
  recording.stop();
  return records;
}

function reference(image: Image, ppus: PpuSelection, most: number): Records {
  const chip = prepare(image, ppus);
  const recorder = new ReferenceRecorder(chip);
  chip.run({ maxCycles: most });
  recorder.finish();
  return recorder.records;
}

const withoutStalls = (records: readonly TraceRecord[]) =>
  records.map((record) => (record.kind === "instruction" ? { ...record, stalls: [] } : record));

function expectSame(image: Image, ppus: PpuSelection = "top", most = 200_000): void {
  const plain = reference(image, ppus, most);
  const fast = recorded(image, ppus, 1e9, most);
  for (const ppu of PPUS) {
    const [a, b] = [withoutStalls(fast[ppu]), plain[ppu]];
    for (let at = 0; at < Math.min(a.length, b.length); at++) {
      if (JSON.stringify(a[at]) !== JSON.stringify(b[at])) expect(a[at]).toEqual(b[at]);
    }
    expect(a.length).toBe(b.length);
  }
  expect(plain.top.length + plain.bottom.length).toBeGreaterThan(20);
}

describe("the recording loop", () => {
  for (const name of ["hello", "relu", "vmm", "selftest", "characterise"]) {
    it(`records firmware/${name}.ts as the plain recorder`, async () => {
      expectSame(await loadProgramFile(`firmware/${name}.ts`), name === "vmm" ? "both" : "top");
    });
  }

  it("records exceptions, aborted accesses and moves of special registers", () => {
    expectSame(
      assemble(
        `
        b start
        .org 0x18
        mfsrr0 10
        addi 10, 10, 4
        mtsrr0 10
        rfi
        .org 0x40
start:  li 3, 0x1002
        lwz 4, 1(3)
        lwzu 5, 2(3)
        lmw 29, 0(3)
        stmw 30, 8(3)
        lmw 30, 1(3)
        mtxer 3
        addo. 6, 3, 3
        mtctr 3
        mtlr 5
        mtcrf 0x41, 6
        mfcr 7
        cror 5, 6, 7
        mulhw. 8, 3, 3
        divw 9, 3, 6
        li 11, 5
        mtctr 11
loop:   bdnz loop
        lha 5, 2(3)
        stbx 3, 3, 11
        sync
        wait
`,
        "exceptions.s",
      ),
    );
  });
});
