/** The debugger as a library. */
export * from "./session.ts";
