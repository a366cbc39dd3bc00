/** Registers of the PPU as far as the records tell. */
import { CONDITIONS, REGISTERS, SPECIAL_REGISTERS, TSR, VECTOR_WORDS } from "./layout";

export function register(index: i32): i32 {
  return load<i32>(REGISTERS + (index << 2));
}

export function setRegister(index: i32, value: i32): void {
  store<i32>(REGISTERS + (index << 2), value);
}

/** Effect of mtspr: bits that do not exist are not kept; writing 1 clears a bit of TSR. */
export function writeSpecial(number: i32, value: i32): void {
  const entry: usize = SPECIAL_REGISTERS + (number << 3);
  const index = load<i32>(entry);
  if (index < 0) return;
  const bits = value & load<i32>(entry, 4);
  setRegister(index, index === TSR ? register(index) & ~bits : bits);
}

/** The register that a word names as RB. */
export function other(word: i32): i32 {
  return register((word >>> 11) & 31);
}

/** Lanes of the conditions that a predicated vector instruction looks at, 0xff each. */
export function enablesOf(word: i32, into: usize): void {
  const bit = (word & 3) - 1;
  for (let i = 0; i < VECTOR_WORDS; i++) {
    store<i32>(into + (i << 2), ((register(CONDITIONS + i) >>> bit) & 0x01010101) * 0xff);
  }
}
