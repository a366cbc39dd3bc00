import { fileURLToPath } from "node:url";

/** Where a run of the whole suite leaves which spec files execute what; tests of this choose another place. */
export const DETAIL_FILE =
  process.env.PPU_ISA_DETAIL ?? fileURLToPath(new URL("../../coverage/isa.json", import.meta.url));
