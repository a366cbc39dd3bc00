/** Layers whose blocks all lie on one array: each PPU has a copy of the weights and takes every second image. */
import { resetNeurons } from "../lib/matrix-mode";
import { sync } from "../lib/vector";
import { gather, list, loadTable, loadWeights, readInputs, runListed } from "./array";
import { header, layer, slot } from "./layout";
import { accumulate, clearOutput, finishSums, keep, output, writeOutput } from "./sums";

/** The input of one image, with room for what a vector reads beyond it. */
const input = memory.data(3072, 128);

function runPatch(origin: usize, to: usize): void {
  const blocks = layer.blocks;
  for (let block: u32 = 0; block < blocks; block++) {
    resetNeurons();
    runListed(layer.tableVectors ? gather(origin, block) : list(origin + 128 * block, block));
    if (blocks > 1) accumulate((block * layer.columns) >> 1, block == 0);
  }
  if (blocks > 1) finishSums();
  keep(to);
}

function runImage(index: u32): void {
  const offset = slot(index);
  for (let at: u32 = 0; at < 128 * layer.inputVectors; at += 128) readInputs(offset + at, input + at);
  sync();
  let from = input;
  let to = output + layer.origin;
  for (let row: u32 = 0; row < layer.patchRows; row++) {
    for (let column: u32 = 0; column < layer.patchColumns; column++) {
      runPatch(from + column * layer.columnStep, to + column * layer.outputColumnStep);
    }
    from += layer.rowStep;
    to += layer.outputRowStep;
  }
  writeOutput(index);
}

export function runImages(hemisphere: u32): void {
  loadWeights(layer.weights, 0, layer.blocks);
  loadTable();
  clearOutput();
  for (let index = hemisphere; index < header.images; index += 2) runImage(index);
}
