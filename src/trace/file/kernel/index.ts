export * from "./decode";
export * from "./encode";
export { addPlan } from "./model";
