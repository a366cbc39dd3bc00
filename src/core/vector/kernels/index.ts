export * from "./byte";
export * from "./halfword";
export * from "./permute";
