export * from "./array";
export * from "./conversion";
export * from "./leak";
export * from "./noise";
