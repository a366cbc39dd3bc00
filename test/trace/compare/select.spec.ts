/** `--only`: which effects of records are looked at. */
import { describe, expect, it } from "vitest";
import type { Image } from "../../../src/toolchain/image.ts";
import { Selection } from "../../../src/trace/compare/select.ts";
import type { Trace } from "../../../src/trace/model.ts";
import { assembled, differences, firmware, kept, recorded } from "./fixture.ts";

const effects = (trace: Trace, image: Image, ...names: string[]) => {
  const selection = new Selection(names, [image, image]);
  return [...trace.records("top")].flatMap((record) => selection.effects(0, record).map(({ what }) => what));
};

const image = assembled(`
  li 3, 5
  li 4, other@l
  stb 3, 1(4)
  stw 3, 0x1f00(0)
  sth 3, 0x1f06(0)
  cmpwi 3, 5
  lwz 6, 0x1f00(0)
  wait
  .data
  .long 0
  .type other, @object
  .size other, 4
other: .long 0
`);
const trace = recorded(image, { ideal: true });

describe("a selection", () => {
  it.each([
    [["r3"], ["r3"]],
    [["gpr"], ["r3", "r4", "r6"]],
    [["cr"], ["cr0"]],
    [["0x1f00..0x1f03"], ["memory 0x1f00"]],
    [["0x1f07"], ["memory 0x1f06"]],
    [["other"], ["other+1"]],
    [["memory"], [expect.stringMatching(/^memory 0x/), "memory 0x1f00", "memory 0x1f06"]],
    [
      ["r6", "other"],
      ["other+1", "r6"],
    ],
    [["padi", "cadc"], []],
  ])("%j takes its effects in their order", (names, wanted) => {
    expect(effects(trace, image, ...names)).toEqual(wanted);
  });

  it("does not look at what else differs", () => {
    const others = kept(trace, (_, records) =>
      records.map((record) =>
        record.kind === "instruction"
          ? { ...record, cycle: 2 * record.cycle, pc: record.pc + 0x400 }
          : record,
      ),
    );
    expect(differences(trace, others, { only: ["gpr", "memory"] })).toEqual([]);
    expect(differences(trace, others).length).toBeGreaterThan(0);
  });

  it("of devices: events, conversions and what is read of them, registers", async () => {
    const program = await firmware("vmm");
    const run = recorded(program, { maxCycles: 60_000 });
    const kinds = [...run.records("top")].map(({ kind }) => kind);
    const count = (kind: string) => kinds.filter((other) => other === kind).length;
    expect(effects(run, program, "padi").length).toBe(count("event"));
    const cadc = effects(run, program, "cadc");
    expect(cadc.filter((what) => what === "cadc conversion").length).toBe(count("conversion"));
    expect(new Set(cadc.map((what) => what.split(" 0x")[0]))).toEqual(
      new Set(["cadc conversion", "read causal"]),
    );
    expect(new Set(effects(run, program, "padiTrigger").map((what) => what.split(" ")[0]))).toEqual(
      new Set(["padiTrigger"]),
    );
    expect(effects(run, program, "weights").length).toBeGreaterThan(100);
  });
});
