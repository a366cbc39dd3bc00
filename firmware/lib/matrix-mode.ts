/** Setting up and running the analog core for vector-matrix products ("hagen mode"). */
import {
  CADC_CONFIG_BOTTOM,
  CADC_CONFIG_TOP,
  DRIVERS_BOTTOM,
  DRIVERS_TOP,
  PADI_BOTTOM,
  PADI_TOP,
  VECTOR_BUFFERED,
  VECTOR_CAUSAL,
  VECTOR_NEURON_RESET,
  VECTOR_WEIGHTS,
} from "./addresses";
import { type Bytes, load32, readBytes, splatBytes, store32, sync } from "./vector";
import { perHemisphere } from "./location";
import { clearDrivers } from "./synapses";
import { now, waitUntil } from "./time";

export const DRIVERS: u32 = 128;
/** Index of the switch rows behind the 256 synapse rows. */
const SWITCH_ROW: u32 = 512;
const READOUT_TO_CAUSAL: u32 = 0x20;
/** The reset holds the membrane for about 2 us; 1 us more before the first event. */
const RESET_CYCLES: u32 = 750;
/** 1 us between the last event and the conversion. */
const SETTLE_CYCLES: u32 = 250;
/** The membrane rests this long before a baseline is read: 5 us. */
const BASELINE_CYCLES: u32 = 1250;

/** Address of the event trigger of the own hemisphere, see `useMatrixMode`. */
let trigger: u32 = 0;
let resetDone: u32 = 0;
let settled: u32 = 0;

/**
 * Prepares a hemisphere: all drivers receive events exactly addressed, modulate the pulse length by the event's code,
 * top row excitatory, bottom row inhibitory; weights and labels 0; neuron readout connected to the causal CADC; CADC on.
 * Calibration fields (driver offsets, STP settings) keep their values.
 */
export function useMatrixMode(hemisphere: u32): void {
  trigger = perHemisphere(hemisphere, PADI_TOP, PADI_BOTTOM);
  let driver = perHemisphere(hemisphere, DRIVERS_TOP, DRIVERS_BOTTOM);
  for (let i: u32 = 0; i < DRIVERS; i++) {
    // en_receiver, en_address_out off (stored inverted), compare mask 0b11111, en_hagen_dac
    store32(driver, (load32(driver) & 0x00ff) | 0xff00);
    // en_exc_top, en_inh_bottom
    store32(driver + 4, (load32(driver + 4) & ~0xf0) | 0x60);
    // en_hagen_modulation, en_stp
    store32(driver + 8, load32(driver + 8) | 0x18);
    driver += 16;
  }
  clearDrivers(0, DRIVERS);
  const readout = splatBytes(READOUT_TO_CAUSAL);
  readout.write(VECTOR_WEIGHTS, SWITCH_ROW);
  readout.write(VECTOR_WEIGHTS, SWITCH_ROW + 1);
  const cadc = perHemisphere(hemisphere, CADC_CONFIG_TOP, CADC_CONFIG_BOTTOM);
  store32(cadc, load32(cadc) | 1);
  sync();
}

/** The trigger word of an event for `driver` with activation 0; subtract `activation << 16` for 1..31. */
// @ts-ignore: decorator
@inline
export function eventWord(driver: u32): u32 {
  return (1 << (driver & 3)) | (32 << 16) | ((driver >> 2) << 22);
}

/** A trigger word that reaches no driver. */
export const NO_EVENT: u32 = 0;

/** Sends one event with an activation of 1..31 to `driver`; activation 0 sends none. */
export function sendEvent(driver: u32, activation: u32): void {
  if (activation) store32(trigger, eventWord(driver) - (activation << 16));
}

/**
 * Sends the trigger words at `words`, `repetitions` times; `count` must be a multiple of 4 (pad with `NO_EVENT`).
 * A word is loaded seven events ahead of its store, as responses of the scalar port arrive in order behind those of the
 * stores. Two stores are at least 2 cycles apart (8 ns, what a bus takes).
 */
export function sendEvents(words: usize, count: u32, repetitions: u32): void {
  const to = trigger;
  const end = words + 4 * count;
  if (count < 8) {
    for (let r: u32 = 0; r < repetitions; r++) {
      for (let at = words; at < end; at += 4) store32(to, load<u32>(at));
    }
    return;
  }
  let at = words;
  let a = load<u32>(at);
  let b = load<u32>(at, 4);
  let c = load<u32>(at, 8);
  let d = load<u32>(at, 12);
  let e = load<u32>(at, 16);
  let f = load<u32>(at, 20);
  let g = load<u32>(at, 24);
  let h = load<u32>(at, 28);
  at += 32;
  for (let left = (count * repetitions) >> 2; left > 0; left -= 2) {
    if (at == end) at = words;
    store32(to, a);
    a = load<u32>(at);
    store32(to, b);
    b = load<u32>(at, 4);
    store32(to, c);
    c = load<u32>(at, 8);
    store32(to, d);
    d = load<u32>(at, 12);
    if (left == 1) return;
    at += 16;
    if (at == end) at = words;
    store32(to, e);
    e = load<u32>(at);
    store32(to, f);
    f = load<u32>(at, 4);
    store32(to, g);
    g = load<u32>(at, 8);
    store32(to, h);
    h = load<u32>(at, 12);
    at += 16;
  }
}

/** As `sendEvents`, but with `interval` PPU cycles or more from one event to the next; `NO_EVENT` takes its time too. */
export function sendEventsSpaced(words: usize, count: u32, repetitions: u32, interval: u32): void {
  const to = trigger;
  const end = words + 4 * count;
  let next = now();
  for (let r: u32 = 0; r < repetitions; r++) {
    for (let at = words; at < end; at += 4) {
      waitUntil(next);
      store32(to, load<u32>(at));
      next += interval;
    }
  }
}

/** Resets all 256 neurons. Other work may be done before `awaitReset`. */
export function resetNeurons(): void {
  const any = splatBytes(0);
  any.write(VECTOR_NEURON_RESET, 0);
  any.write(VECTOR_NEURON_RESET, 1);
  resetDone = now() + RESET_CYCLES;
}

/** Returns when the membranes have been released for 1 us after the last `resetNeurons`. */
export function awaitReset(): void {
  sync();
  waitUntil(resetDone);
}

/** Waits until the last events have reached the membranes: 1 us. */
export function settle(): void {
  sync();
  waitUntil(now() + SETTLE_CYCLES);
}

/** Begins the wait for the last events to reach the membranes; other work may be done before `awaitSettled`. */
export function startSettling(): void {
  sync();
  settled = now() + SETTLE_CYCLES;
}

/** Returns 1 us after `startSettling`. */
export function awaitSettled(): void {
  waitUntil(settled);
}

/**
 * Begins a conversion whose 256 causal readings (0..255; even columns, then odd ones) arrive at `to`, and resets the
 * neurons behind it. Scalar work may be done before `finishReadout`.
 */
export function startReadout(to: usize): void {
  readBytes(VECTOR_CAUSAL, 0).store(to);
  // six instructions in all: a seventh would wait for room in the vector unit's queue
  const any = readBytes(VECTOR_CAUSAL + VECTOR_BUFFERED, 1);
  any.store(to, 128);
  any.write(VECTOR_NEURON_RESET, 0);
  any.write(VECTOR_NEURON_RESET, 1);
}

/** Returns when the readings of `startReadout` have arrived and the reset has begun; `awaitReset` waits for its end. */
export function finishReadout(): void {
  sync();
  resetDone = now() + RESET_CYCLES;
}

/** Converts all columns and returns the causal results of the even ones as signed bytes (CADC value - 128). */
// @ts-ignore: decorator
@inline
export function convertEven(): Bytes {
  return readBytes(VECTOR_CAUSAL, 0) - splatBytes(0x80);
}

/** The odd columns of the last conversion. */
// @ts-ignore: decorator
@inline
export function convertedOdd(): Bytes {
  return readBytes(VECTOR_CAUSAL + VECTOR_BUFFERED, 1) - splatBytes(0x80);
}

/** Resets the neurons and waits until a baseline may be read: 5 us without events. */
export function rest(): void {
  resetNeurons();
  sync();
  waitUntil(now() + BASELINE_CYCLES);
}

/** Result of a column: reading minus baseline, saturating. */
// @ts-ignore: decorator
@inline
export function result(reading: Bytes, baseline: Bytes): Bytes {
  return reading.subfs(baseline);
}
