import type { Command } from "../command.ts";
import { BACKWARDS } from "./backwards.ts";
import { BREAKPOINTS } from "./breakpoints.ts";
import { CHIP } from "./chip.ts";
import { CODE } from "./code.ts";
import { DATA } from "./data.ts";
import { RUNNING } from "./running.ts";
import { SESSION } from "./session.ts";
import { STACK } from "./stack.ts";
import { VARIABLES } from "./variables.ts";
import { VECTORS } from "./vectors.ts";

/** Every command of the terminal, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...RUNNING,
  ...BACKWARDS,
  ...BREAKPOINTS,
  ...STACK,
  ...VARIABLES,
  ...CODE,
  ...DATA,
  ...VECTORS,
  ...CHIP,
  ...SESSION,
];
