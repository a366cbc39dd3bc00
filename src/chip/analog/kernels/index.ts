export * from "./array";
export * from "./conversion";
export * from "./noise";
