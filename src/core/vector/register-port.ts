/**
 * The register file of the vector unit has one port: one read or one write of a whole register per cycle. Five units
 * share it under a rotating mask. The mask moves on in every cycle with a request, granted or not, through six phases;
 * a unit is served only in its phases, so even a lonely unit loses cycles at regular intervals (timing-measured
 * section 2, fractional intervals). MADD is served in phase 0 before all others and in every cycle nobody else takes.
 */
export const MADD = 0;
export const CMP = 1;
export const LS = 2;
export const PLS = 3;
export const PERMUTE = 4;
export const UNITS = 5;
export const NOBODY = -1;

const PHASES = 6;

/** The phase behind `phase` after a cycle with at least one request. */
export function nextPhase(phase: number): number {
  return phase === PHASES - 1 ? 0 : phase + 1;
}

/** Who gets the port in a phase; `requests` has bit `u` set for unit u. */
function arbitrate(phase: number, requests: number): number {
  if (phase === 0 && requests & (1 << MADD)) return MADD;
  if (phase <= CMP && requests & (1 << CMP)) return CMP;
  if (phase <= LS && requests & (1 << LS)) return LS;
  if (phase <= PERMUTE && requests & (1 << PERMUTE)) return PERMUTE;
  if (phase <= PLS && requests & (1 << PLS)) return PLS;
  return requests & (1 << MADD) ? MADD : NOBODY;
}

/** `arbitrate` for all phases and request sets: index `phase << 5 | requests`. */
export const GRANTS = Int8Array.from({ length: PHASES << UNITS }, (_, index) =>
  arbitrate(index >> UNITS, index & ((1 << UNITS) - 1)),
);
