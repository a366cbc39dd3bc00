/** ReLU and conversion from 8 to 5 bit on 256 values: what happens to a row of readings between two layers. */
import { printBytes, printLine, terminate } from "./lib/mailbox";
import { type Bytes, splatBytes, sync, loadBytes } from "./lib/vector";

const values = memory.data(256, 128);

/** `min(max(v, 0) >> 2, 31)` in each lane. */
export function convertingRelu(value: Bytes): Bytes {
  return (value.relu() >>> 2).min(splatBytes(31));
}

export function main(): i32 {
  for (let i = 0; i < 256; i++) store<u8>(values + i, i * 5);
  sync();
  for (let at = 0; at < 256; at += 128) convertingRelu(loadBytes(values, at)).store(values, at);
  printBytes(loadBytes(values));
  printLine("");
  terminate();
  sync();
  let wrong = 0;
  for (let i = 0; i < 256; i++) {
    const value = <i32>(<i8>(i * 5));
    const expected = value < 0 ? 0 : value >> 2;
    if (load<u8>(values + i) != expected) wrong++;
  }
  return wrong;
}
