import { fileURLToPath } from "node:url";

/** Where a run of the whole suite leaves which spec files execute what. */
export const DETAIL_FILE = fileURLToPath(new URL("../../coverage/isa.json", import.meta.url));
