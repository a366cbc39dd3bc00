import { sprByNumber } from "../../../isa/index.ts";
import { DWARF_REGISTER } from "../../toolchain/elf/dwarf-registers.ts";

/** A register of the PPU as a DWARF register number means it. */
export type MachineRegister =
  | { readonly kind: "gpr"; readonly register: number }
  /** Lower case, as in `isa/sprs.ts`, or `cr`. */
  | { readonly kind: "special"; readonly name: string }
  | { readonly kind: "vector"; readonly register: number };

/** The numbers of the PowerPC ABI; gcc uses its own ones (65, 66, 76) for the same link, count and exception register. */
const NAMED: ReadonlyMap<number, string> = new Map([
  [64, "cr"],
  [DWARF_REGISTER.lr, "lr"],
  [66, "ctr"],
  // gcc describes the whole saved condition register as its field 2.
  [70, "cr"],
  [76, "xer"],
]);
/** Special purpose register n has number 100 + n. */
const SPECIAL_BASE = 100;

/** Register of a DWARF number; undefined for those that the PPU does not have (floating point, …). */
export function machineRegister(number: number): MachineRegister | undefined {
  if (number >= 0 && number < 32) return { kind: "gpr", register: number };
  const vector = number - DWARF_REGISTER.vector0;
  if (vector >= 0 && vector < 32) return { kind: "vector", register: vector };
  const name = NAMED.get(number) ?? sprByNumber(number - SPECIAL_BASE)?.name.toLowerCase();
  return name === undefined ? undefined : { kind: "special", name };
}
