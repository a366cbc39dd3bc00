/**
 * MNIST on both PPUs: the host leaves raw images and weights in external memory, see layout.ts, and finds classes there.
 * A batch passes through the network layer by layer, so that the weights of a layer are written once per batch. The PPUs share
 * the images of the convolution and of the last layer; of the first dense layer each computes its half of the inputs of all.
 */
import { detectHemisphere } from "../lib/location";
import { useMatrixMode } from "../lib/matrix-mode";
import { barrier } from "../lib/peer";
import { convolve, loadConvolution } from "./convolution";
import { dense1, dense2, loadDense1, loadDense2 } from "./dense";
import { prepareEvents } from "./events";
import { header, MAGIC } from "./layout";
import { measureBaseline } from "./run";

const NO_NETWORK: i32 = 1;

export function main(): i32 {
  if (header.magic != MAGIC) return NO_NETWORK;
  const hemisphere = detectHemisphere();
  const images = header.images;
  useMatrixMode(hemisphere);
  prepareEvents();
  loadConvolution();
  measureBaseline();
  convolve(hemisphere, 2, images);
  loadDense1(hemisphere);
  barrier(hemisphere);
  dense1(images, hemisphere);
  loadDense2();
  barrier(hemisphere);
  dense2(hemisphere, images);
  return 0;
}
