/** Help text of `ppu trace diff`. */
import { SELECTION_HELP } from "../../trace/compare/select.ts";
import { TRACE_KINDS } from "../../trace/open.ts";
import { PROGRAM_HELP } from "../program-options.ts";

export const DIFF_HELP = `
A and B are each one of
${TRACE_KINDS}
Without B, A is compared with itself under other options: --a-ppu and --b-ppu, or --b-options.
A program that is compared with a trace runs as that was recorded (PPUs, chip, seeds, timing), unless options say otherwise. It runs
only as far as it is compared: up to the first difference.

By default everything that both traces have is compared: addresses, words, registers, accesses, cycles, stalls, events, conversions.
--ignore addresses compares functions and objects by name and offset, so that a moved or an added function is no difference: addresses in
instructions, registers, memory and return addresses count as equal when they are the same place of the same symbol. Stack and devices keep
their addresses.
--only takes, separated by commas:
${SELECTION_HELP}

After a difference the traces are aligned again: what is "only in A" or "only in B" was left out or added, "replaced" is something else in the same
place, "changed" the same instruction with other values. "How it came about" goes back from the first value that differs to who wrote it,
as long as the operands differ too.
${PROGRAM_HELP}
Examples:
  ppu trace diff before.trace after.trace
  ppu trace diff golden.trace main.ts                      a recorded trace with a run
  ppu trace diff golden.trace main.ts --ignore addresses,cycles,stalls
  ppu trace diff vmm.ts --b-options "--noise-seed 2"       two runs of a program
  ppu trace diff run.trace --a-ppu top --b-ppu bottom      the PPUs of one run
  ppu trace diff old.elf new.elf --only memory,r3 --count 5
  ppu trace diff qemu.log test.elf --results --prefix      qemu-ppc -d in_asm,cpu -singlestep -D qemu.log test.elf
  ppu trace diff "p02_branches.json#branch-cache=0" p02_branches.bin

Exit code: 0 equal, 1 different, 127 unusable trace, program or command line.
`;
