/**
 * Numbers of the PPU's registers in DWARF: those of 32-bit PowerPC (general purpose registers 0..31, 100 + SPR number for
 * special ones, link register 65 as in the call frames of gcc). Vector registers have the numbers of AltiVec registers: gdb reads
 * a variable in one from the register `vr0`..`vr31` of the target description's feature `org.gnu.gdb.power.altivec`,
 * whatever its size, here 1024 bits.
 */
export const DWARF_REGISTER = {
  gpr0: 0,
  stackPointer: 1,
  /** Link register; column of the return address of functions. */
  lr: 65,
  /** SPR 26, where an interrupt returns to; column of the return address of interrupt handlers. */
  srr0: 126,
  vector0: 1124,
} as const;
