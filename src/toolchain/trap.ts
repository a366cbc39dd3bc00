import type { Chip, PpuName } from "../chip/chip.ts";
import { ALIGNMENT_EXIT_CODE, TRAP_EXIT_CODE } from "./backend/exit-codes.ts";
import type { Image } from "./image.ts";
import { findSymbol, sectionAt } from "./symbols.ts";

/** Why the compiler's fault handlers ended a program, and the address of the culprit. */
export interface Trap {
  readonly kind: "trap" | "alignment";
  readonly ppu: PpuName;
  readonly pc: number;
}

const KINDS = [
  { kind: "trap", code: TRAP_EXIT_CODE, handler: "isr_program" },
  { kind: "alignment", code: ALIGNMENT_EXIT_CODE, handler: "isr_alignment" },
] as const;

/** Where the fault handlers leave SRR0, in bytes before the mailbox (stack_ptr_init + 8). */
const CULPRIT_BELOW_MAILBOX = 8;

export const TRAP_WORDS: Readonly<Record<Trap["kind"], string>> = {
  trap: "trap (failed check or unreachable code)",
  alignment: "access that is not aligned",
};

/** The fault that ended a finished program; undefined when it returned on its own. */
export function findTrap(chip: Chip, image: Image, ppu: PpuName): Trap | undefined {
  if (!chip.ppus[ppu].finished) return undefined;
  const code = chip.returnCode(ppu);
  const found = KINDS.find((kind) => kind.code === code && findSymbol(image, kind.handler));
  if (!found) return undefined;
  const [a, b, c, d] = chip.ppus[ppu].readSram(chip.mailboxBase - CULPRIT_BELOW_MAILBOX, 4);
  const pc = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return sectionAt(image, pc)?.executable ? { kind: found.kind, ppu, pc } : undefined;
}
