export { addPlan } from "./course";
export * from "./decode";
