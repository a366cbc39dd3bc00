/** Hand-written functions with results known from elsewhere. Each is one exported function without parameters. */

export interface Kernel {
  readonly name: string;
  /** Expression that yields the result as i32. */
  readonly call: string;
  readonly expected: number;
  /** Where the expected value comes from. */
  readonly origin: string;
  readonly source: string;
}

/** CRC-32 by the definition, for the check of the check value. */
function crc32(text: string): number {
  let crc = -1;
  for (const character of text) {
    crc ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc | 0;
}

export const KERNELS: readonly Kernel[] = [
  {
    name: "crc32",
    call: 'crc32("123456789")',
    expected: 0xcbf43926 | 0,
    origin: "check value of CRC-32/ISO-HDLC",
    source: `function crc32(text: string): i32 {
      let crc: u32 = 0xffffffff;
      for (let i = 0; i < text.length; i++) {
        crc ^= text.charCodeAt(i);
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
      }
      return ~crc;
    }`,
  },
  {
    name: "crc32Table",
    call: "crc32Table()",
    expected: crc32("The quick brown fox jumps over the lazy dog"),
    origin: "bitwise CRC-32 in TypeScript; published value 0x414fa339",
    source: `const crcTable = memory.data(1024);
    function crc32Table(): i32 {
      for (let n: u32 = 0; n < 256; n++) {
        let c = n;
        for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
        store<u32>(crcTable + (n << 2), c);
      }
      const text = "The quick brown fox jumps over the lazy dog";
      let crc: u32 = 0xffffffff;
      for (let i = 0; i < text.length; i++) {
        crc = load<u32>(crcTable + (((crc ^ text.charCodeAt(i)) & 255) << 2)) ^ (crc >>> 8);
      }
      return ~crc;
    }`,
  },
  {
    name: "gcd",
    call: "gcd(3528, 3780)",
    expected: 252,
    origin: "2^2 3^2 7",
    source: "function gcd(a: u32, b: u32): u32 { while (b) { const t = a % b; a = b; b = t; } return a; }",
  },
  {
    name: "sieve",
    call: "sieve()",
    expected: 303,
    origin: "number of primes below 2000",
    source: `const composite = memory.data(2000);
    function sieve(): i32 {
      let count = 0;
      for (let i = 2; i < 2000; i++) {
        if (load<u8>(composite + i)) continue;
        count++;
        for (let j = i * i; j < 2000; j += i) store<u8>(composite + j, 1);
      }
      return count;
    }`,
  },
  {
    name: "ackermann",
    call: "ackermann(2, 6)",
    expected: 15,
    origin: "2 n + 3",
    source:
      "function ackermann(m: i32, n: i32): i32 { if (m == 0) return n + 1; if (n == 0) return ackermann(m - 1, 1); return ackermann(m - 1, ackermann(m, n - 1)); }",
  },
  {
    name: "hanoi",
    call: "hanoi(9, 0, 2, 1)",
    expected: 511,
    origin: "2^9 - 1 moves",
    source:
      "function hanoi(n: i32, from: i32, to: i32, by: i32): i32 { return n == 0 ? 0 : hanoi(n - 1, from, by, to) + 1 + hanoi(n - 1, by, to, from); }",
  },
  {
    name: "queens",
    call: "queens(8, 0, 0, 0, 0)",
    expected: 92,
    origin: "solutions of the eight queens problem",
    source: `function queens(n: i32, row: i32, columns: u32, left: u32, right: u32): i32 {
      if (row == n) return 1;
      let count = 0;
      let free: u32 = ((1 << n) - 1) & ~(columns | left | right);
      while (free) {
        const bit = free & -free;
        free ^= bit;
        count += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >>> 1);
      }
      return count;
    }`,
  },
  {
    name: "bubbleSort",
    call: "bubbleSort()",
    expected: 1,
    origin: "sorted",
    source: `const unsorted = memory.data<i16>([300, -5, 17, 0, 32767, -32768, 42, 42, 1, -1, 99, 1000]);
    function bubbleSort(): i32 {
      for (let end = 11; end > 0; end--) {
        for (let i = 0; i < end; i++) {
          const a = load<i16>(unsorted + (i << 1));
          const b = load<i16>(unsorted + (i << 1), 2);
          if (a > b) { store<i16>(unsorted + (i << 1), b); store<i16>(unsorted + (i << 1), a, 2); }
        }
      }
      for (let i = 0; i < 11; i++) if (load<i16>(unsorted + i * 2) > load<i16>(unsorted + i * 2 + 2)) return 0;
      return load<i16>(unsorted) == -32768 && load<i16>(unsorted + 22) == 32767 ? 1 : 0;
    }`,
  },
  {
    name: "quickSort",
    call: "quickSortCheck()",
    expected: 1,
    origin: "sorted",
    source: `const keys = memory.data(400);
    function quickSort(low: i32, high: i32): void {
      while (low < high) {
        const pivot = load<i32>(keys + (((low + high) >> 1) << 2));
        let i = low; let j = high;
        while (i <= j) {
          while (load<i32>(keys + (i << 2)) < pivot) i++;
          while (load<i32>(keys + (j << 2)) > pivot) j--;
          if (i <= j) {
            const t = load<i32>(keys + (i << 2));
            store<i32>(keys + (i << 2), load<i32>(keys + (j << 2)));
            store<i32>(keys + (j << 2), t);
            i++; j--;
          }
        }
        quickSort(low, j);
        low = i;
      }
    }
    function quickSortCheck(): i32 {
      let x: u32 = 12345; let sum = 0;
      for (let i = 0; i < 100; i++) { x = x * 1664525 + 1013904223; store<u32>(keys + i * 4, x); sum += x; }
      quickSort(0, 99);
      for (let i = 0; i < 100; i++) {
        sum -= load<i32>(keys + i * 4);
        if (i && load<i32>(keys + i * 4 - 4) > load<i32>(keys + i * 4)) return 0;
      }
      return sum == 0 ? 1 : -1;
    }`,
  },
  {
    name: "matrix",
    call: "fibonacciByMatrix(30)",
    expected: 832040,
    origin: "Fibonacci number 30",
    source: `const m = memory.data<i32>([1, 1, 1, 0]);
    const power = memory.data<i32>([1, 0, 0, 1]);
    const product = memory.data(16);
    function multiply(to: usize, a: usize, b: usize): void {
      for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) {
        let sum = 0;
        for (let k = 0; k < 2; k++) sum += load<i32>(a + ((i * 2 + k) << 2)) * load<i32>(b + ((k * 2 + j) << 2));
        store<i32>(product + ((i * 2 + j) << 2), sum);
      }
      memory.copy(to, product, 16);
    }
    function fibonacciByMatrix(n: i32): i32 {
      while (n) { if (n & 1) multiply(power, power, m); multiply(m, m, m); n >>= 1; }
      return load<i32>(power, 4);
    }`,
  },
  {
    name: "bitReversal",
    call: "reverseBits(0x12345678)",
    expected: 0x1e6a2c48,
    origin: "by hand",
    source: `function reverseBits(x: u32): u32 {
      x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
      x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
      x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
      return bswap<u32>(x);
    }`,
  },
  {
    name: "squareRoot",
    call: "squareRoot(2000000000)",
    expected: 44721,
    origin: "floor of the square root",
    source: `function squareRoot(x: u32): u32 {
      let root: u32 = 0;
      for (let bit: u32 = 1 << 30; bit; bit >>>= 2) {
        if (x >= root + bit) { x -= root + bit; root = (root >>> 1) + bit; } else root >>>= 1;
      }
      return root;
    }`,
  },
  {
    name: "fnv1a",
    call: 'fnv1a("foobar")',
    expected: 0xbf9cf968 | 0,
    origin: "FNV-1a test vector",
    source: `function fnv1a(text: string): u32 {
      let hash: u32 = 2166136261;
      for (let i = 0; i < text.length; i++) hash = (hash ^ text.charCodeAt(i)) * 16777619;
      return hash;
    }`,
  },
  {
    name: "adler32",
    call: 'adler32("Wikipedia")',
    expected: 0x11e60398,
    origin: "published example",
    source: `function adler32(text: string): u32 {
      let a: u32 = 1; let b: u32 = 0;
      for (let i = 0; i < text.length; i++) { a = (a + text.charCodeAt(i)) % 65521; b = (b + a) % 65521; }
      return (b << 16) | a;
    }`,
  },
  {
    name: "xorshift",
    call: "xorshift()",
    expected: ((): number => {
      let x = 2463534242 | 0;
      for (let i = 0; i < 1000; i++) {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
      }
      return x;
    })(),
    origin: "Marsaglia's generator in TypeScript",
    source: `function xorshift(): i32 {
      let x: u32 = 2463534242;
      for (let i = 0; i < 1000; i++) { x ^= x << 13; x ^= x >>> 17; x ^= x << 5; }
      return x;
    }`,
  },
  {
    name: "sha256Rounds",
    call: "sha256()",
    expected: 0xba7816bf | 0,
    origin: 'FIPS 180-2 example "abc", first word',
    source: `const roundConstants = memory.data(256);
    const schedule = memory.data(256);
    function nth(value: u32, root: u32): u32 { // fraction of the square or cube root of a prime, 32 bit, by bisection
      let low: u32 = 0; let integer: u32 = 1;
      if (root == 2) { while ((integer + 1) * (integer + 1) <= value) integer++; }
      else { while ((integer + 1) * (integer + 1) * (integer + 1) <= value) integer++; }
      for (let bit = 31; bit >= 0; bit--) {
        const candidate = low | (1 << bit);
        if (notAbove(integer, candidate, value, root)) low = candidate;
      }
      return low;
    }
    const digits = memory.data(64);
    /** (integer + fraction / 2^32)^root <= value, in digits of 16 bit. */
    function notAbove(integer: u32, fraction: u32, value: u32, root: u32): bool {
      const a0 = fraction & 0xffff; const a1 = fraction >>> 16; const a2 = integer;
      memory.fill(digits, 0, 64);
      store<u32>(digits, 1);
      for (let times: u32 = 0; times < root; times++) {
        let c: u32 = 0; let p1: u32 = 0; let p2: u32 = 0;
        for (let i: u32 = 0; i < 12; i++) {
          const d = load<u32>(digits + (i << 2));
          const x0 = d * a0; const x1 = p1 * a1; const x2 = p2 * a2;
          const low = (x0 & 0xffff) + (x1 & 0xffff) + (x2 & 0xffff) + (c & 0xffff);
          const high = (x0 >>> 16) + (x1 >>> 16) + (x2 >>> 16) + (c >>> 16) + (low >>> 16);
          store<u32>(digits + (i << 2), low & 0xffff);
          c = high; p2 = p1; p1 = d;
        }
      }
      const whole = load<u32>(digits + ((root * 2) << 2)) | (load<u32>(digits + ((root * 2 + 1) << 2)) << 16);
      return whole < value;
    }
    function sha256(): i32 {
      let prime: u32 = 2; let found: u32 = 0;
      let h0: u32 = 0, h1: u32 = 0, h2: u32 = 0, h3: u32 = 0, h4: u32 = 0, h5: u32 = 0, h6: u32 = 0, h7: u32 = 0;
      while (found < 64) {
        let isPrime = true;
        for (let d: u32 = 2; d * d <= prime; d++) if (prime % d == 0) { isPrime = false; break; }
        if (isPrime) {
          store<u32>(roundConstants + (found << 2), nth(prime, 3));
          if (found < 8) {
            const root = nth(prime, 2);
            switch (found) {
              case 0: h0 = root; break; case 1: h1 = root; break; case 2: h2 = root; break; case 3: h3 = root; break;
              case 4: h4 = root; break; case 5: h5 = root; break; case 6: h6 = root; break; default: h7 = root;
            }
          }
          found++;
        }
        prime++;
      }
      store<u32>(schedule, 0x61626380);
      store<u32>(schedule, 24, 60);
      for (let t: usize = 64; t < 256; t += 4) {
        const w15 = load<u32>(schedule + t - 60); const w2 = load<u32>(schedule + t - 8);
        const s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >>> 3);
        const s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >>> 10);
        store<u32>(schedule + t, load<u32>(schedule + t - 64) + s0 + load<u32>(schedule + t - 28) + s1);
      }
      let a = h0, b = h1, c = h2, d = h3, e = h4, f = h5, g = h6, h = h7;
      for (let t: usize = 0; t < 256; t += 4) {
        const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
        const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(roundConstants + t) + load<u32>(schedule + t);
        const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
        const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
      }
      return h0 + a;
    }`,
  },
  {
    name: "strings",
    call: 'palindrome("never odd or even") * 10 + palindrome("emulator")',
    expected: 10,
    origin: "by hand",
    source: `function palindrome(text: string): i32 {
      let i = 0; let j = text.length - 1;
      while (i < j) {
        if (text.charCodeAt(i) == 32) { i++; continue; }
        if (text.charCodeAt(j) == 32) { j--; continue; }
        if (text.charCodeAt(i++) != text.charCodeAt(j--)) return 0;
      }
      return 1;
    }`,
  },
  {
    name: "fixedPointFilter",
    call: "lowPass()",
    expected: ((): number => {
      let y = 0;
      for (let n = 0; n < 64; n++) y += ((n < 32 ? 4096 : -4096) - y) >> 3;
      return y;
    })(),
    origin: "the same filter in TypeScript",
    source:
      "function lowPass(): i32 { let y = 0; for (let n = 0; n < 64; n++) y += ((n < 32 ? 4096 : -4096) - y) >> 3; return y; }",
  },
  {
    name: "functionTable",
    call: "applyAll(7)",
    expected: 49 + 14 + 8 - 7,
    origin: "by hand",
    source: `type Operation = (x: i32) => i32;
    const operations: StaticArray<Operation> = [(x: i32): i32 => x * x, (x: i32): i32 => 2 * x, (x: i32): i32 => x + 1, (x: i32): i32 => -x];
    function applyAll(x: i32): i32 {
      let sum = 0;
      for (let i = 0; i < operations.length; i++) { const f = operations[i]; sum += f(x); }
      return sum;
    }`,
  },
  {
    name: "structures",
    call: "walk()",
    expected: 1 + 20 + 300 + 4000,
    origin: "by hand",
    source: `@unmanaged class ListNode { next: ListNode | null; value: i16; weight: u8; flag: bool; }
    const pool = memory.data(48);
    function node(index: i32): ListNode { return changetype<ListNode>(pool + index * 12); }
    function walk(): i32 {
      let factor: i32 = 1;
      for (let i = 0; i < 4; i++) {
        const n = node(i);
        n.next = i < 3 ? node(i + 1) : null;
        n.value = <i16>factor; n.weight = <u8>(i + 1); n.flag = true;
        factor *= 10;
      }
      let sum = 0;
      for (let n: ListNode | null = node(0); n; n = n.next) if (n.flag) sum += n.value * n.weight;
      return sum;
    }`,
  },
  {
    name: "memoryCopies",
    call: "copies()",
    expected: ((): number => {
      const bytes = Uint8Array.from({ length: 64 }, (_, i) => i * 3);
      bytes.copyWithin(16, 10, 31);
      bytes.copyWithin(40, 42, 49);
      bytes.fill(9, 33, 36);
      bytes.copyWithin(1, 48, 56);
      bytes.copyWithin(51, 3, 7);
      return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0);
    })(),
    origin: "copyWithin and fill of a Uint8Array",
    source: `const scratch = memory.data(64);
    function copies(): i32 {
      for (let i = 0; i < 64; i++) store<u8>(scratch + i, i * 3);
      memory.copy(scratch + 16, scratch + 10, 21);
      memory.copy(scratch + 40, scratch + 42, 7);
      memory.fill(scratch + 33, 9, 3);
      memory.copy(scratch + 1, scratch + 48, 8);
      memory.copy(scratch + 51, scratch + 3, 4);
      let sum = 0;
      for (let i = 0; i < 64; i++) sum = sum * 31 + load<u8>(scratch + i);
      return sum;
    }`,
  },
];
