import { describe, expect, it } from "vitest";
import {
  changedLanes,
  lanesOf,
  laneType,
  rangeText,
  stripLines,
  tableLines,
} from "../../../src/debug/terminal/render/lanes.ts";
import { Style } from "../../../src/debug/terminal/style.ts";

const plain = new Style();
const ramp = Array.from({ length: 8 }, (_, index) => index);

describe("strips", () => {
  it("use eight levels between the least and the greatest value", () => {
    expect(plain.strip(ramp)).toBe("▁▂▃▄▅▆▇█");
    expect(new Style({ unicode: false }).strip(ramp)).toBe(".:-=+*#@");
    expect(plain.strip([-128, 127])).toBe("▁█");
    expect(plain.strip([5, 5, 5])).toBe("▁▁▁");
    expect(plain.strip([0, 10], { low: 0, high: 20 })).toBe("▁▅");
  });

  it("give negative values another colour", () => {
    const text = new Style({ colors: true }).strip([-1, -1, 1]);
    expect(text).toBe("\x1b[36m▁▁\x1b[39m█");
  });

  it("break after 64 values and mark what has changed below", () => {
    const values = Array.from({ length: 128 }, (_, lane) => (lane === 70 ? 9 : 0));
    const lines = stripLines(plain, values, [70]);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(`    64 ${"▁".repeat(6)}█${"▁".repeat(57)}`);
    expect(lines[2].indexOf("^")).toBe(lines[1].indexOf("█"));
  });
});

describe("lanes", () => {
  const bytes = Uint8Array.from({ length: 128 }, (_, index) => 255 - index);

  it.each([
    ["int8", 128, -1, -128],
    ["ub", 128, 255, 128],
    ["h", 64, -2, -32384],
    ["uint16", 64, 0xfffe, 0x8180],
  ])("as %s", (name, count, first, last) => {
    const lanes = lanesOf(bytes, laneType(name));
    expect([lanes.length, lanes[0], lanes.at(-1)]).toEqual([count, first, last]);
  });

  it("of an unknown type are refused", () => {
    expect(() => laneType("float")).toThrow(
      'no lane type "float"; use int8, uint8, int16, uint16, hex, hex16',
    );
  });

  it("say where the extremes are, and which have changed", () => {
    expect(rangeText([3, -4, 9])).toBe("least -4 in lane 1, greatest 9 in lane 2");
    expect(rangeText([7, 7])).toBe("all 7");
    expect(changedLanes([1, 2, 3], [1, 0, 3])).toEqual([1]);
    expect(changedLanes([1], undefined)).toEqual([]);
  });

  it("stand 16 in a line, changed ones with a star", () => {
    const lines = tableLines(plain, lanesOf(bytes, laneType("hex")), { hexDigits: 2, changed: [1] });
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/^ {5}0 {2}ff {2}fe\* fd {2}fc /);
    expect(lines[7]).toMatch(/^ {3}112 .* 80$/);
  });
});

it("texts of a program cannot steer the terminal", () => {
  expect(plain.symbol("a\x1b[31m")).toBe("a\\x1b[31m");
  expect(plain.plain("\tx\n")).toBe("    x\\x0a");
});
