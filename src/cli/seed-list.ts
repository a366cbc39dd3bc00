import { MOST_SEED, readInteger } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

/** More tests than anybody waits for. */
const MOST_SEEDS = 10_000;

/** Reads seeds of an option: numbers and ranges, `1,2,10..20`; each once, in the order given. */
export function seedListOption(option: string) {
  return (text: string): number[] => {
    const seeds = new Set<number>();
    for (const part of text.split(",")) {
      const ends = part.split("..").map(readInteger);
      const [first, last] = [ends[0], ends.at(-1)];
      const isRange = first !== undefined && last !== undefined && ends.length <= 2 && first <= last;
      if (!isRange || first < 0 || last > MOST_SEED || last - first >= MOST_SEEDS) {
        throw new UsageError(
          `${option} needs seeds from 0 to ${MOST_SEED}, such as 3 or 1,2,10..20 (at most ${MOST_SEEDS}), got "${text}"`,
        );
      }
      for (let seed = first; seed <= last; seed++) seeds.add(seed);
    }
    return [...seeds];
  };
}
