/**
 * Unit tests on the PPU, reporting in the text conventions of the official runtime:
 *
 *     begin("saturation");
 *     expectEqual(addSaturating(100, 100), 127);
 *     end();
 *     return summary();
 *
 * The compiler adds file and line to the calls of the `expect…` functions of this file, imported by name or as a namespace,
 * unless the call already has them; a helper of your own can so forward a place that it was given. A case that is still open
 * at the next `begin` or at `summary` ends there.
 */
import { print, printHex, printLine, printSigned, printUnsigned, putByte, terminate } from "./mailbox";
import { type Bytes, type Halves, sync } from "./vector";

let testsInCase: u32 = 0;
let caseOpen: bool = false;
let caseFailed: bool = false;
let passedCases: u32 = 0;
let failedCases: u32 = 0;
let passedTests: u32 = 0;
let failedTests: u32 = 0;

const left = memory.data(128, 128);
const right = memory.data(128, 128);

/** Ends an open case, and one made of failed checks outside of any case. */
function endOpen(): void {
  if (caseOpen || caseFailed) end();
}

/** Begins a test case whose name is what is printed next, up to the end of the line. */
export function open(): void {
  endOpen();
  print("[ Run      ] ");
  testsInCase = 0;
  caseOpen = true;
}

/** Begins a test case. */
export function begin(name: string): void {
  open();
  printLine(name);
}

/** Ends the test case that `begin` began. */
export function end(): void {
  if (caseFailed) {
    failedCases++;
    printLine("[  Failed  ]");
  } else {
    passedCases++;
    print("[       Ok ] Passed ");
    printUnsigned(testsInCase);
    printLine(" tests");
  }
  caseOpen = false;
  caseFailed = false;
}

function failed(file: string, line: i32): void {
  failedTests++;
  caseFailed = true;
  print(file);
  putByte(58);
  printSigned(line);
  print(": failed: ");
}

function pass(): void {
  testsInCase++;
  passedTests++;
}

function failPair(operator: string, actual: i32, expected: i32, file: string, line: i32): void {
  failed(file, line);
  print(operator);
  putByte(40);
  printSigned(actual);
  putByte(44);
  printSigned(expected);
  printLine(")");
}

/** `actual == expected`. */
export function expectEqual(actual: i32, expected: i32, file: string = "", line: i32 = 0): void {
  if (actual == expected) pass();
  else failPair("equal", actual, expected, file, line);
}

/** The same for words that read better in hexadecimal. */
export function expectWord(actual: u32, expected: u32, file: string = "", line: i32 = 0): void {
  if (actual == expected) {
    pass();
    return;
  }
  failed(file, line);
  print("equal(0x");
  printHex(actual);
  print(",0x");
  printHex(expected);
  printLine(")");
}

/** `actual != unexpected`. */
export function expectNotEqual(actual: i32, unexpected: i32, file: string = "", line: i32 = 0): void {
  if (actual != unexpected) pass();
  else failPair("not_equal", actual, unexpected, file, line);
}

/** `low <= actual <= high`. */
export function expectBetween(actual: i32, low: i32, high: i32, file: string = "", line: i32 = 0): void {
  if (actual < low) failPair("at_least", actual, low, file, line);
  else if (actual > high) failPair("at_most", actual, high, file, line);
  else pass();
}

/** A condition that holds. */
export function expectTrue(condition: bool, file: string = "", line: i32 = 0): void {
  if (condition) pass();
  else failPair("true", condition, 1, file, line);
}

/** A condition that does not hold. */
export function expectFalse(condition: bool, file: string = "", line: i32 = 0): void {
  if (!condition) pass();
  else failPair("false", condition, 0, file, line);
}

/** Fails with a message. */
export function fail(message: string, file: string = "", line: i32 = 0): void {
  failed(file, line);
  print("fail(");
  print(message);
  printLine(")");
}

function lane(address: usize, width: i32): i32 {
  return width == 1 ? load<i8>(address) : load<i16>(address);
}

function failLane(operator: string, number: i32, actual: i32, expected: i32, file: string, line: i32): void {
  failed(file, line);
  print(operator);
  print("(lane ");
  printUnsigned(number);
  print(": ");
  printSigned(actual);
  putByte(44);
  printSigned(expected);
  printLine(")");
}

function expectLanes(width: i32, file: string, line: i32): void {
  sync();
  for (let i = 0; i < 128; i += width) {
    const actual = lane(left + i, width);
    const expected = lane(right + i, width);
    if (actual != expected) {
      failLane("equal", i / width, actual, expected, file, line);
      return;
    }
  }
  pass();
}

/** All 128 byte lanes equal; a failure names the first lane that differs. */
export function expectBytes(actual: Bytes, expected: Bytes, file: string = "", line: i32 = 0): void {
  actual.store(left);
  expected.store(right);
  expectLanes(1, file, line);
}

/** All 64 halfword lanes equal; a failure names the first lane that differs. */
export function expectHalves(actual: Halves, expected: Halves, file: string = "", line: i32 = 0): void {
  actual.store(left);
  expected.store(right);
  expectLanes(2, file, line);
}

function expectLanesBetween(width: i32, low: i32, high: i32, file: string, line: i32): void {
  sync();
  for (let i = 0; i < 128; i += width) {
    const actual = lane(left + i, width);
    if (actual >= low && actual <= high) continue;
    if (actual < low) failLane("at_least", i / width, actual, low, file, line);
    else failLane("at_most", i / width, actual, high, file, line);
    return;
  }
  pass();
}

/** `low <= lane <= high` for all 128 byte lanes, signed; a failure names the first lane that is not. */
export function expectBytesBetween(
  actual: Bytes,
  low: i32,
  high: i32,
  file: string = "",
  line: i32 = 0,
): void {
  actual.store(left);
  expectLanesBetween(1, low, high, file, line);
}

/** `low <= lane <= high` for all 64 halfword lanes, signed; a failure names the first lane that is not. */
export function expectHalvesBetween(
  actual: Halves,
  low: i32,
  high: i32,
  file: string = "",
  line: i32 = 0,
): void {
  actual.store(left);
  expectLanesBetween(2, low, high, file, line);
}

function line(prefix: string, count: u32, what: string): void {
  print(prefix);
  printUnsigned(count);
  printLine(what);
}

/** Prints the summary, ends the text, and returns the code for `main`: 1 if any check failed, else 0. */
export function summary(): i32 {
  endOpen();
  printLine("");
  printLine("[==========]");
  line("[  Passed  ] ", passedCases, " test cases");
  line("[  Failed  ] ", failedCases, " test cases");
  printLine("");
  printLine("[==========]");
  line("[  Passed  ] ", passedTests, " tests");
  line("[  Failed  ] ", failedTests, " tests");
  terminate();
  return failedCases ? 1 : 0;
}
