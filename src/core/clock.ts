/** PPU cycles per microsecond at the nominal clock of 250 MHz (chip.md section 1). */
export const CYCLES_PER_MICROSECOND = 250;
