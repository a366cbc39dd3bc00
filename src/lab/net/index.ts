/**
 * Your own network on the chip: `parseNetworkText`, `attachWeights`, `planNetwork`, then `NetworkRun`; `evaluateIntegers` is
 * what the ideal chip computes. docs/networks.md describes format and limits.
 */
export {
  type ArrayLayer,
  type NetworkDescription,
  NetworkError,
  parseNetwork,
  parseNetworkText,
  type WeightScale,
} from "./description.ts";
export { estimateNetwork, type LayerEstimate, type NetworkEstimate } from "./estimate.ts";
export { evaluateIntegers, type NetworkResults } from "./integer-model.ts";
export { compileInferenceFirmware, type NetworkAnswers, NetworkRun } from "./network-run.ts";
export { ArrayFileError, decodeNpy, encodeNpy, type NumberArray } from "./npy.ts";
export { decodeNpz, encodeNpz, type NamedArrays } from "./npz.ts";
export { drawPlan } from "./picture.ts";
export { planSvg } from "./picture-svg.ts";
export { type LayerPlan, type NetworkPlan, planNetwork, type Tile } from "./plan.ts";
export { attachWeights, exportWeights, type MappedNetwork, type QuantisationReport } from "./weights.ts";
