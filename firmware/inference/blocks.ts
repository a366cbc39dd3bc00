/** Dense layers with more blocks than one array has room for: each PPU runs its blocks of all images, in one or more passes. */
import { resetNeurons } from "../lib/matrix-mode";
import { barrier } from "../lib/peer";
import { sync } from "../lib/vector";
import { list, loadWeights, readInputs, runListed } from "./array";
import { header, layer, slot } from "./layout";
import { accumulate, addPartialSums, clearOutput, finishSums, keep, output, readPartialSums, writeOutput, writePartialSums } from "./sums";

const inputs = memory.data(128, 128);

/** Offset of the partial sums that a PPU keeps of an image. */
function partialSums(index: u32, hemisphere: u32): u32 {
  return slot(index) + layer.sums + 128 * layer.sumVectors * hemisphere;
}

function runBlock(index: u32, block: u32, place: u32): void {
  resetNeurons();
  readInputs(slot(index) + 128 * block, inputs);
  sync();
  runListed(list(inputs, block));
  accumulate((place * layer.columns) >> 1, place == 0);
}

function runPass(pass: u32, hemisphere: u32): void {
  const array: u32 = 2 * pass + hemisphere;
  const first: u32 = array * layer.resident;
  const blocks = layer.blocks;
  if (first >= blocks) return;
  const count = min(layer.resident, blocks - first);
  loadWeights(layer.weights + array * layer.arrayBytes, first, count);
  for (let index: u32 = 0; index < header.images; index++) {
    for (let place: u32 = 0; place < count; place++) runBlock(index, first + place, place);
    const offset = partialSums(index, hemisphere);
    if (pass) addPartialSums(offset);
    writePartialSums(offset);
  }
}

export function runBlocks(hemisphere: u32): void {
  // inputs come from both PPUs
  barrier(hemisphere);
  for (let pass: u32 = 0; pass < layer.passes; pass++) runPass(pass, hemisphere);
  clearOutput();
  barrier(hemisphere);
  for (let index = hemisphere; index < header.images; index += 2) {
    readPartialSums(partialSums(index, 0));
    addPartialSums(partialSums(index, 1));
    finishSums();
    keep(output + layer.origin);
    writeOutput(index);
  }
}
