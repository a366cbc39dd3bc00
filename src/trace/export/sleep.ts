import { decode, field } from "../../../isa/decode.ts";

/** From the issue of `wait` to the sleep output where nothing is in flight: what of it a trace does not tell. */
export const TO_SLEEP = 2;

/** Whether a word is a `wait` that puts the PPU to sleep. */
export const fallsAsleep = (word: number): boolean =>
  decode(word)?.timing === "wait" && field(word, "WC") === 0;
