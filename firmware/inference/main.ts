/**
 * Runs any network that `ppu map` accepts, on both PPUs at the same time. The host leaves a schedule, weights and a batch of
 * images in external memory, see layout.ts, and finds results there. A batch passes through the network layer by layer, so
 * that the weights of a layer are written once per batch.
 */
import { readExternal } from "../lib/external";
import { detectHemisphere } from "../lib/location";
import { useMatrixMode } from "../lib/matrix-mode";
import { sync } from "../lib/vector";
import { prepareEvents } from "../mnist/events";
import { measureBaseline } from "../mnist/run";
import { runBlocks } from "./blocks";
import { runImages } from "./images";
import { BY_BLOCKS, header, layer, MAGIC } from "./layout";

const NO_NETWORK: i32 = 1;

export function main(): i32 {
  const hemisphere = detectHemisphere();
  readExternal(0).store(changetype<usize>(header));
  sync();
  if (header.magic != MAGIC) return NO_NETWORK;
  useMatrixMode(hemisphere);
  prepareEvents();
  measureBaseline();
  for (let index: u32 = 1; index <= header.layers; index++) {
    readExternal(128 * index).store(changetype<usize>(layer));
    sync();
    if (layer.split == BY_BLOCKS) runBlocks(hemisphere);
    else runImages(hemisphere);
  }
  return 0;
}
