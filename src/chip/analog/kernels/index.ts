export * from "./array";
export * from "./columns";
export * from "./conversion";
export * from "./events";
export * from "./leak";
export * from "./noise";
