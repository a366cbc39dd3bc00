export { collectStatistics } from "./collect.ts";
export type * from "./types.ts";
