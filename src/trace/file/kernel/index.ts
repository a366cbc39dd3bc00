export { addPlan } from "./course";
export * from "./decode";
export * from "./encode";
export { hitsEnd, lanesEnd, residualsEnd } from "./put";
