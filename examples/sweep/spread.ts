/**
 * Reads the even columns at rest and tells how far they lie apart, as "spread 41". Ends with 1 when a column is close to the
 * end of the converter's range: ppu sweep run examples/sweep/spread.ts --value 'spread (?<spread>\d+)' --chip raw,calibrated
 */
import { detectHemisphere } from "ppu/location";
import { print, printUnsigned, terminate } from "ppu/mailbox";
import { convertEven, rest, useMatrixMode } from "ppu/matrix-mode";
import { sync } from "ppu/vector";

const reading = memory.data(128, 128);

export function main(): i32 {
  useMatrixMode(detectHemisphere());
  rest();
  convertEven().store(reading);
  sync();
  let least = 127;
  let most = -128;
  for (let column = 0; column < 128; column++) {
    const read = <i32>load<i8>(reading + column);
    if (read < least) least = read;
    if (read > most) most = read;
  }
  print("spread ");
  printUnsigned(most - least);
  terminate();
  return least < -120 || most > 120 ? 1 : 0;
}
