/** Mean reads of all channels, 256 columns at once: halfwords in 1/60 LSB, which is exact for 1..6, 10, 12, 20 and 60 runs. */
import { VECTOR_ACAUSAL, VECTOR_BUFFERED, VECTOR_CAUSAL, VECTOR_NEURON_RESET } from "../lib/addresses";
import { awaitReset, resetNeurons, settle } from "../lib/matrix-mode";
import { now, waitCycles, waitUntil } from "../lib/time";
import { type Bytes, loadHalves, readBytes, splatBytes, splatHalves, sync } from "../lib/vector";

/** Steps per LSB. */
export const SCALE: u32 = 60;
/** For how long a reset holds the membranes. */
const HOLD_CYCLES: u32 = 500;

/** Sums, and finally means, of the 256 causal channels, then of the 256 acausal ones. */
export const reads = memory.data(1024, 128);

/** Conversions so far. */
export let conversions: u32 = 0;
/** Cycles that `idle` waits. */
let idleCycles: u32 = 0;

function add(read: Bytes, to: usize): void {
  const zero = splatBytes(0);
  (loadHalves(to) + zero.upckbl(read)).store(to);
  (loadHalves(to, 128) + zero.upckbr(read)).store(to, 128);
}

function clear(): void {
  for (let at: u32 = 0; at < 1024; at += 128) splatHalves(0).store(reads, at);
}

function convert(): void {
  const even = readBytes(VECTOR_CAUSAL, 0);
  add(even, reads);
  add(readBytes(VECTOR_CAUSAL + VECTOR_BUFFERED, 1), reads + 256);
  conversions++;
}

/** Sums of `runs` reads become means. */
function scale(runs: u32): void {
  const factor = splatHalves(SCALE / runs);
  for (let at: u32 = 0; at < 1024; at += 128) (loadHalves(reads, at) * factor).store(reads, at);
  sync();
}

/** Waits without events, see `integrateIdle`. */
function idle(): void {
  waitCycles(idleCycles);
}

/** Means over integrations: reset, `drive` (events and waits), settling, read. */
export function integrate(runs: u32, drive: () => void): void {
  clear();
  for (let run: u32 = 0; run < runs; run++) {
    resetNeurons();
    awaitReset();
    drive();
    settle();
    convert();
  }
  scale(runs);
}

/** As `integrate`, with `cycles` of rest for events. */
export function integrateIdle(runs: u32, cycles: u32): void {
  idleCycles = cycles;
  integrate(runs, idle);
}

/** Means of reads right behind a reset, before anything has been integrated. */
export function readReset(runs: u32): void {
  clear();
  const any = splatBytes(0);
  for (let run: u32 = 0; run < runs; run++) {
    any.write(VECTOR_NEURON_RESET, 0);
    any.write(VECTOR_NEURON_RESET, 1);
    sync();
    waitUntil(now() + HOLD_CYCLES);
    convert();
  }
  scale(runs);
}

/** Means of all 512 channels, as they are. */
export function readChannels(runs: u32): void {
  clear();
  for (let run: u32 = 0; run < runs; run++) {
    convert();
    add(readBytes(VECTOR_ACAUSAL + VECTOR_BUFFERED, 0), reads + 512);
    add(readBytes(VECTOR_ACAUSAL + VECTOR_BUFFERED, 1), reads + 768);
  }
  scale(runs);
}

/** `vectors` times 64 halfwords: `to` = `a` - `b`. */
export function subtract(to: usize, a: usize, b: usize, vectors: u32): void {
  for (let at: u32 = 0; at < 128 * vectors; at += 128) (loadHalves(a, at) - loadHalves(b, at)).store(to, at);
  sync();
}

/** `vectors` times 64 halfwords. */
export function copy(to: usize, from: usize, vectors: u32): void {
  for (let at: u32 = 0; at < 128 * vectors; at += 128) loadHalves(from, at).store(to, at);
  sync();
}

/** All halfwords = `value`. */
export function fill(to: usize, value: i32, vectors: u32): void {
  for (let at: u32 = 0; at < 128 * vectors; at += 128) splatHalves(value).store(to, at);
  sync();
}
