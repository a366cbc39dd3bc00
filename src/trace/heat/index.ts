export { type Heat, HeatCollector, type SramHeat } from "./collect.ts";
export { cellAt, heatColor, heatPng } from "./picture.ts";
