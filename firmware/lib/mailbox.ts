/** Text for the host: bytes appended to the mailbox at the top of SRAM (4 KiB from 0x3000). */
import { MAILBOX_BASE, MAILBOX_END } from "./addresses";
import { type Bytes, type Halves, sync } from "./vector";

let head: u32 = MAILBOX_BASE;

/** Appends one byte; silently does nothing when the mailbox is full. */
export function putByte(value: u32): void {
  if (head < MAILBOX_END) {
    store<u8>(head, value);
    head++;
  }
}

/** Appends text (ASCII; other characters lose their upper bits). */
export function print(text: string): void {
  const length = text.length;
  let at = changetype<usize>(text);
  for (let i = 0; i < length; i++) {
    putByte(load<u16>(at));
    at += 2;
  }
}

/** Appends text and a line feed. */
export function printLine(text: string): void {
  print(text);
  putByte(10);
}

/** Unsigned decimal. */
export function printUnsigned(value: u32): void {
  let divisor: u32 = 1;
  while (value / divisor >= 10) divisor *= 10;
  for (;;) {
    const digit = value / divisor;
    putByte(48 + digit);
    value -= digit * divisor;
    if (divisor == 1) return;
    divisor /= 10;
  }
}

/** Signed decimal, negative numbers with "-". */
export function printSigned(value: i32): void {
  if (value < 0) {
    putByte(45);
    value = -value;
  }
  printUnsigned(value);
}

/** Eight hexadecimal digits. */
export function printHex(value: u32): void {
  for (let i = 0; i < 8; i++) {
    const digit = value >>> 28;
    putByte(digit < 10 ? 48 + digit : 87 + digit);
    value <<= 4;
  }
}

const vectorText = memory.data(128, 128);

/** Byte lanes as `{e0,e1,...}`, signed. */
export function printBytes(value: Bytes): void {
  value.store(vectorText);
  sync();
  putByte(123);
  for (let i = 0; i < 128; i++) {
    if (i) putByte(44);
    printSigned(load<i8>(vectorText + i));
  }
  putByte(125);
}

/** Halfword lanes as `{e0,e1,...}`, signed. */
export function printHalves(value: Halves): void {
  value.store(vectorText);
  sync();
  putByte(123);
  for (let i = 0; i < 128; i += 2) {
    if (i) putByte(44);
    printSigned(load<i16>(vectorText + i));
  }
  putByte(125);
}

/** Writes the NUL that ends the text for the host. */
export function terminate(): void {
  if (head < MAILBOX_END) store<u8>(head, 0);
}
