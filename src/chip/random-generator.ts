/**
 * The random generator of the vector IO space: one 16-bit Galois LFSR per column. The polynomials of the chip are
 * not published; here column c uses the c-th primitive polynomial of degree 16 in ascending order, so every column
 * runs through all 65535 states in its own order.
 */
const COLUMNS = 256;
const PERIOD = 0xffff;
const PERIOD_PRIMES = [3, 5, 17, 257];

/** Product of two polynomials over GF(2) modulo x^16 + `taps`. */
function multiply(a: number, b: number, taps: number): number {
  let product = 0;
  for (let left = a, right = b; right > 0; right >>= 1) {
    if (right & 1) product ^= left;
    left <<= 1;
    if (left & 0x10000) left = (left ^ taps) & 0xffff;
  }
  return product;
}

/** x to the power `exponent` modulo x^16 + `taps`. */
function powerOfX(exponent: number, taps: number): number {
  let result = 1;
  for (let base = 2, rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) result = multiply(result, base, taps);
    base = multiply(base, base, taps);
  }
  return result;
}

const isPrimitive = (taps: number) =>
  powerOfX(PERIOD, taps) === 1 && PERIOD_PRIMES.every((prime) => powerOfX(PERIOD / prime, taps) !== 1);

let cached: Uint16Array | undefined;

/** Low 16 coefficients of the polynomial of each column (x^16 is implied). */
export function randomPolynomials(): Uint16Array {
  if (cached) return cached;
  const found: number[] = [];
  for (let taps = 1; found.length < COLUMNS; taps += 2) if (isPrimitive(taps)) found.push(taps);
  return (cached = Uint16Array.from(found));
}

export class RandomGenerator {
  /** State per column, never 0. */
  readonly #states = new Uint16Array(COLUMNS).fill(1);

  /** One byte per column of a parity (0 even, 1 odd): sixteen steps of the LFSR, then its low byte. */
  draw(parity: number, lanes: Uint8Array): void {
    const polynomials = randomPolynomials();
    for (let lane = 0; lane < 128; lane++) {
      const column = 2 * lane + parity;
      const taps = polynomials[column];
      let state = this.#states[column];
      for (let step = 0; step < 16; step++)
        state = state & 0x8000 ? ((state << 1) ^ taps) & 0xffff : state << 1;
      this.#states[column] = state;
      lanes[lane] = state;
    }
  }

  /** State := written byte, zero-extended; 0 would stand still, so it loads 1. */
  seed(parity: number, lanes: Uint8Array, enables: Uint8Array): void {
    for (let lane = 0; lane < 128; lane++) {
      if (enables[lane]) this.#states[2 * lane + parity] = lanes[lane] || 1;
    }
  }

  snapshot(): Uint16Array {
    return this.#states.slice();
  }

  restore(states: Uint16Array): void {
    this.#states.set(states);
  }
}
