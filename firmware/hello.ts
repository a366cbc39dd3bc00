/** Says hello through the mailbox. */
import { print, printLine, printUnsigned, terminate } from "./lib/mailbox";
import { now } from "./lib/time";

export function main(): i32 {
  print("Hello from the PPU, ");
  printUnsigned(now());
  printLine(" cycles after reset.");
  terminate();
  return 0;
}
