export { type PpuProfile, ProfileBuilder } from "./contexts.ts";
export { type Listener, profileRun, profileTrace } from "./measure.ts";
export { pprofFile } from "./pprof.ts";
export { collapsedText, speedscopeDocument } from "./stacks.ts";
export { flatText, treeText } from "./text.ts";
export { childrenOf, type FlatEntry, type FrameNode, flatProfile, type Profile, treesOf } from "./tree.ts";
