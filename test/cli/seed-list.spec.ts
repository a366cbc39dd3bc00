import { describe, expect, it } from "vitest";
import { seedListOption } from "../../src/cli/seed-list.ts";

describe("lists of seeds", () => {
  const read = seedListOption("--chip-seeds");

  it("are numbers and ranges, each once", () => {
    expect(read("3")).toEqual([3]);
    expect(read("1,2,10..12,2")).toEqual([1, 2, 10, 11, 12]);
    expect(read("0x10..0x11")).toEqual([16, 17]);
  });

  it.each(["", "x", "1..x", "1..", "..3", "1..2..3", "3..1", "-1", "1,,2", "0..20000", "4294967296"])(
    "are not %j",
    (text) => {
      expect(() => read(text)).toThrow(`--chip-seeds needs seeds from 0 to 4294967295`);
    },
  );
});
