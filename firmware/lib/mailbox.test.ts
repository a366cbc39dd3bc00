import { MAILBOX_BASE, MAILBOX_END } from "./addresses";
import {
  print,
  printBytes,
  printHalves,
  printHex,
  printLine,
  printSigned,
  printUnsigned,
  putByte,
  terminate,
} from "./mailbox";
import { describe, expectEqual, expectTrue, expectWord, test } from "./testing";
import { splatBytes, splatHalves } from "./vector";

/** Where the text ends that has been printed so far: the mailbox begins as zeros. */
function textEnd(): u32 {
  let at = MAILBOX_BASE;
  while (at < MAILBOX_END && load<u8>(at) != 0) at++;
  return at;
}

/** Whether the mailbox has `text` at `at`, and nothing behind it. */
function endsWith(at: u32, text: string): bool {
  const length = <u32>text.length;
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(at + i) != text.charCodeAt(i)) return false;
  }
  return textEnd() == at + length;
}

test("appends text and lines", () => {
  const at = textEnd();
  print("one");
  printLine(" two");
  print("three");
  expectTrue(endsWith(at, "one two\nthree"));
});

describe("numbers", () => {
  test("unsigned", () => {
    const at = textEnd();
    printUnsigned(0);
    putByte(32);
    printUnsigned(4294967295);
    putByte(32);
    printUnsigned(1000000000);
    expectTrue(endsWith(at, "0 4294967295 1000000000"));
  });

  test("signed", () => {
    const at = textEnd();
    printSigned(-1);
    putByte(32);
    printSigned(i32.MIN_VALUE);
    putByte(32);
    printSigned(i32.MAX_VALUE);
    expectTrue(endsWith(at, "-1 -2147483648 2147483647"));
  });

  test("hexadecimal, always eight digits", () => {
    const at = textEnd();
    printHex(0xdeadbeef);
    printHex(10);
    expectTrue(endsWith(at, "deadbeef0000000a"));
  });
});

describe("vectors", () => {
  test("bytes are signed", () => {
    const at = textEnd();
    printBytes(splatBytes(-7));
    expectEqual(load<u8>(at), 123);
    expectWord(load<u8>(at + 1) << 8 | load<u8>(at + 2), 0x2d37);
    expectEqual(textEnd() - at, 128 * 3 + 1);
  });

  test("halves are signed", () => {
    const at = textEnd();
    printHalves(splatHalves(-300));
    expectEqual(textEnd() - at, 64 * 5 + 1);
    expectEqual(load<u8>(textEnd() - 1), 125);
  });
});

test("drops what does not fit", () => {
  const first = load<u32>(0);
  for (let i = 0; i < 5000; i++) putByte(46);
  terminate();
  expectEqual(textEnd(), MAILBOX_END);
  expectEqual(load<u8>(MAILBOX_END - 1), 46);
  expectWord(load<u32>(0), first);
});
