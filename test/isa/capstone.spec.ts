import { expect, it } from "vitest";
import { disassemble } from "../../isa/disassemble.ts";
import { FIELDS } from "../../isa/fields.ts";
import { POWER_INSTRUCTIONS } from "../../isa/index.ts";
import type { Instruction } from "../../isa/types.ts";
import { capstoneDisassembler } from "./capstone.ts";
import { CAPSTONE_DIFFERENCES } from "./capstone-differences.ts";
import { randomSource, randomWord } from "./random.ts";

const WORDS_PER_ROW = 400;
const ADDRESS = 0x1000;

/** Hexadecimal numbers as decimal ones, single spaces. */
const normal = (text: string) =>
  text
    .replaceAll(/0x([0-9a-f]+)/g, (_, digits: string) => String(Number.parseInt(digits, 16)))
    .replaceAll(/\s+/g, " ");

/** Random words; half of them with small register numbers and equal fields, so that simplified forms come up. */
function* words(row: Instruction, seed: number): Generator<number> {
  const next = randomSource(seed);
  for (let index = 0; index < WORDS_PER_ROW; index++) {
    const word = randomWord(row, next);
    if (index % 2 === 0) {
      yield word;
      continue;
    }
    const register = word & (31 << 16);
    const equal = register | (register >>> 5) | (register << 5);
    const free = (31 << 21) | (31 << 16) | (31 << 11);
    yield (word & (~free | row.mask)) | (equal & free & ~row.mask & ~(row.ignored ?? 0));
  }
}

it("scalar text agrees with capstone but for the listed differences, all of which occur", async () => {
  const capstone = await capstoneDisassembler();
  const unexplained: string[] = [];
  const seen = new Map(CAPSTONE_DIFFERENCES.map((difference) => [difference, 0]));
  let compared = 0;
  for (const row of POWER_INSTRUCTIONS) {
    const fixed = [...words(row, row.match), ...special(row)];
    for (const word of fixed) {
      const ours = normal(disassemble(word, ADDRESS).text);
      const text = capstone(word, ADDRESS);
      const theirs = text === undefined ? undefined : normal(text);
      compared++;
      if (ours === theirs) continue;
      const difference = CAPSTONE_DIFFERENCES.find((entry) => entry.applies({ word, row, ours, theirs }));
      if (difference) seen.set(difference, seen.get(difference)! + 1);
      else unexplained.push(`${(word >>> 0).toString(16)}: "${ours}", capstone "${theirs}"`);
    }
  }
  console.log(
    [
      `capstone: ${compared} words, ${compared - [...seen.values()].reduce((a, b) => a + b, 0) - unexplained.length} equal texts`,
      ...[...seen].map(([difference, count]) => `${String(count).padStart(6)}  ${difference.reason}`),
    ].join("\n"),
  );
  expect(unexplained.slice(0, 20)).toEqual([]);
  const stale = [...seen].filter(([, count]) => count === 0).map(([difference]) => difference.reason);
  expect(stale).toEqual([]);
});

/** Words that random operands hardly ever make: full masks, special registers, all traps. */
function special(row: Instruction): number[] {
  const put = (name: "MB" | "ME" | "SH" | "FXM" | "TO", value: number) => value << (31 - FIELDS[name].last);
  switch (row.mnemonic) {
    case "rlwinm":
    case "rlwnm":
      return [...Array(32).keys()].flatMap((n) =>
        [
          [n, 0, 31],
          [n, 0, 31 - n],
          [(32 - n) & 31, n, 31],
          [0, n, 31],
        ].flatMap(([sh, mb, me]) =>
          [0, 1].map(
            (rc) => row.match | (3 << 16) | (4 << 21) | put("SH", sh) | put("MB", mb) | put("ME", me) | rc,
          ),
        ),
      );
    case "mtcrf":
      return [row.match | put("FXM", 255) | (5 << 21)];
    case "tw":
    case "twi":
      return [...Array(32).keys()].map((to) => row.match | put("TO", to) | (3 << 16) | (4 << 11));
    case "mfspr":
    case "mtspr":
      return [...Array(1024).keys()].map((n) => row.match | (6 << 21) | ((n & 31) << 16) | ((n >>> 5) << 11));
    case "ori":
      return [row.match];
    default:
      return [];
  }
}
