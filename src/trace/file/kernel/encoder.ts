export { addPlan } from "./course";
export * from "./encode";
export { hitsEnd, lanesEnd, residualsEnd } from "./put";
