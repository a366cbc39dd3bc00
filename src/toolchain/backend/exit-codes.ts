/** Stored as the return code when a trap occurs and the program has no `isr_program`. */
export const TRAP_EXIT_CODE = 0xdead0001 | 0;
/** The same for an access that is not aligned, without `isr_alignment`. */
export const ALIGNMENT_EXIT_CODE = 0xdead0002 | 0;
