/** All requests that the door answers, by command. */
import type { RequestTable } from "../request.ts";
import { BREAKPOINTS } from "./breakpoints.ts";
import { EXCEPTIONS } from "./exceptions.ts";
import { INSPECTION } from "./inspection.ts";
import { LIFECYCLE } from "./lifecycle.ts";
import { MEMORY } from "./memory.ts";
import { RUNNING } from "./running.ts";

export const REQUESTS: RequestTable = {
  ...LIFECYCLE,
  ...BREAKPOINTS,
  ...EXCEPTIONS,
  ...RUNNING,
  ...INSPECTION,
  ...MEMORY,
};
