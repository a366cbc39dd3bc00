export * from "./byte";
export * from "./halfword";
export * from "./known-issue";
export * from "./permute";
