/**
 * Tests of firmware, one file `NAME.test.ts` for the unit under test, run by `ppu test`:
 *
 *     import { expectBytes, test } from "ppu/testing";
 *     import { splatBytes } from "ppu/vector";
 *
 *     test("adds with saturation", () => {
 *       expectBytes(splatBytes(100).addfs(splatBytes(100)), splatBytes(127));
 *     });
 *
 * Statements at top level, outside of tests, are set-up: `ppu test` runs every test on a chip of its own, which executes them
 * first. What a test asks of its run follows it: `test("…", () => {…}).maxCycles(5000).expectTrap()`.
 *
 * The file needs no `main`, the compiler takes that of this library. As an ordinary program (`ppu run`, `ppu debug`) it runs
 * all tests one after the other and prints the texts of `ppu/unittest`.
 *
 * This library and what it knows of tests lie in the upper half of the DRAM, so that the other memories are theirs.
 */
import { exit } from "./intrinsics";
import { print, printLine } from "./mailbox";
import { end, fail, open, summary } from "./unittest";

export {
  expectBetween,
  expectBytes,
  expectBytesBetween,
  expectEqual,
  expectFalse,
  expectHalves,
  expectHalvesBetween,
  expectNotEqual,
  expectTrue,
  expectWord,
  fail,
} from "./unittest";

/** For the chips that a test runs on. */
export const CALIBRATED: u32 = 1;
export const RAW: u32 = 2;
export const IDEAL: u32 = 3;

// The host reads and writes what follows by name and offset: src/testing/registry.ts.

/** What is asked for: all tests, none (only what they are), or the one with this number. */
const ALL: u32 = 0;
const NONE: u32 = 1;
const ONE: u32 = 2;

const EXPECTS_TRAP: u32 = 1;
const EXPECTS_TIMEOUT: u32 = 2;
const BOTH_PPUS: u32 = 4;
const LENIENT: u32 = 8;

/** What is asked for, addresses of the first and the last test, bytes used of the registry. */
const control = memory.data(16, 4);
const ASKED: usize = 0;
const FIRST: usize = 4;
const LAST: usize = 8;
const USED: usize = 12;

const REGISTRY_BYTES: u32 = 16384;
// @ts-ignore: decorator
@dram const registry = memory.data(16384, 16);

/** A name around tests. */
// @ts-ignore: decorator
@unmanaged
class Group {
  name: string;
  outer: Group | null;
}

/** A file that the host puts into a memory before the start. */
// @ts-ignore: decorator
@unmanaged
class Input {
  next: Input | null;
  file: string;
  address: u32;
}

/** A test and what it asks of its run. */
// @ts-ignore: decorator
@unmanaged
export class Test {
  private next: Test | null;
  private name: string;
  private group: Group | null;
  private body: () => void;
  private file: string;
  private line: i32;
  private flags: u32;
  private cycles: u32;
  private kind: u32;
  /** Plus 1; 0: the host's. */
  private chip: u32;
  private firstNoise: u32;
  private noises: u32;
  private inputs: Input | null;

  /** Fails if it takes more PPU cycles; 250 are one microsecond. */
  maxCycles(cycles: u32): this {
    this.cycles = cycles;
    return this;
  }

  /** Passes only if a trap ends it: `trap()`, a failed `assert`, an access that is not aligned. */
  expectTrap(): this {
    this.flags |= EXPECTS_TRAP;
    return this;
  }

  /** Passes only if it still runs after so many PPU cycles. */
  expectTimeout(cycles: u32): this {
    this.flags |= EXPECTS_TIMEOUT;
    this.cycles = cycles;
    return this;
  }

  /** Runs on both PPUs at the same time, and has to pass on both. */
  onBothPpus(): this {
    this.flags |= BOTH_PPUS;
    return this;
  }

  /** A finding (an unmapped access, a missing sync, …) does not stop it. */
  lenient(): this {
    this.flags |= LENIENT;
    return this;
  }

  /** The kind of chip it runs on: `CALIBRATED`, `RAW` or `IDEAL`. */
  onChip(kind: u32): this {
    this.kind = kind;
    return this;
  }

  /** Which chip: draws the mismatch. */
  chipSeed(seed: u32): this {
    this.chip = seed + 1;
    return this;
  }

  /** Runs once with each of the noise seeds from `first` to `last`. */
  noiseSeeds(first: u32, last: u32): this {
    this.firstNoise = first;
    this.noises = last - first + 1;
    return this;
  }

  /** Puts a file, found beside that of the test, into memory (SRAM, external memory, DRAM) at a data address before the start. */
  load(file: string, address: u32): this {
    const input = changetype<Input>(allocate(offsetof<Input>()));
    input.next = this.inputs;
    input.file = file;
    input.address = address;
    this.inputs = input;
    return this;
  }

  /** Adds a test to those of the program. */
  // @ts-ignore: decorator
  @dram
  static add(name: string, body: () => void, file: string, line: i32): Test {
    const made = changetype<Test>(allocate(offsetof<Test>()));
    made.name = name;
    made.group = group;
    made.body = body;
    made.file = file;
    made.line = line;
    const last = load<u32>(control, LAST);
    if (last) changetype<Test>(last).next = made;
    else store<u32>(control, changetype<u32>(made), FIRST);
    store<u32>(control, changetype<u32>(made), LAST);
    return made;
  }

  /** Runs test number `only`, or all of them from 0 on. */
  // @ts-ignore: decorator
  @dram
  static run(only: i32): void {
    let number = 0;
    for (let at = load<u32>(control, FIRST); at; number++) {
      const one = changetype<Test>(at);
      if (only < 0 && one.flags & (EXPECTS_TRAP | EXPECTS_TIMEOUT)) {
        print("[ Not run  ] ");
        printPath(one.group);
        printLine(one.name);
      } else if (only < 0 || only == number) {
        open();
        printPath(one.group);
        printLine(one.name);
        invoke(one.body);
        end();
      }
      at = changetype<u32>(one.next);
    }
  }
}

let group: Group | null = null;

/** Bytes of the registry, which are zero. */
// @ts-ignore: decorator
@dram
function allocate(bytes: u32): usize {
  const used = load<u32>(control, USED);
  if (used + bytes > REGISTRY_BYTES) {
    fail("more tests than there is room for; split the file");
    exit(summary());
  }
  store<u32>(control, used + bytes, USED);
  return registry + used;
}

/** Names of the groups around a test. */
// @ts-ignore: decorator
@dram
function printPath(inner: Group | null): void {
  if (inner == null) return;
  printPath(inner.outer);
  print(inner.name);
  print(" > ");
}

/** Calls the body of a test. The host measures from the first instruction of the body to its return. */
// @ts-ignore: decorator
@dram
function invoke(body: () => void): void {
  body();
}

/** Declares a test. Its body cannot use variables of a function around it. */
// @ts-ignore: decorator
@dram
export function test(name: string, body: () => void, file: string = "", line: i32 = 0): Test {
  return Test.add(name, body, file, line);
}

/** Puts a name before those of the tests that `body` declares. It is called at once. */
// @ts-ignore: decorator
@dram
export function describe(name: string, body: () => void): void {
  const made = changetype<Group>(allocate(offsetof<Group>()));
  const outer = group;
  made.name = name;
  made.outer = outer;
  group = made;
  body();
  group = outer;
}

/** The program of a file that has tests and no `main` of its own. */
// @ts-ignore: decorator
@dram
export function main(): i32 {
  const asked = load<u32>(control, ASKED);
  if (asked == NONE) return 0;
  Test.run(asked == ALL ? -1 : asked - ONE);
  return summary();
}
