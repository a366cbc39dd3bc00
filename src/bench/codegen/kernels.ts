/** Kernels in AssemblyScript and C for the comparison of compilers. */

export interface Kernel {
  readonly name: string;
  /** AssemblyScript with a function `kernel(a: i32, b: i32, n: i32): i32`; `a` and `b` are addresses. */
  readonly script: string;
  readonly c: string;
  readonly n: number;
}

/**
 * The four kernels of CoreMark in small, `n` rounds over data that it makes itself: a list walk, a matrix and a vector, a
 * state machine, a CRC. Every round changes the list, so that none can be left out.
 */
export const MIX: Kernel = {
  name: "mix",
  n: 4,
  script: `let seed: u32 = 7;
      for (let i: i32 = 0; i < 32; i++) {
        seed = seed * 1103515245 + 12345;
        store<i32>(a + (i << 3), i == 31 ? -1 : i + 1);
        store<i32>(a + (i << 3) + 4, <i32>(seed >> 16) % 200);
      }
      for (let i: i32 = 0; i < 128; i++) {
        seed = seed * 1103515245 + 12345;
        store<i16>(a + 256 + (i << 1), <i32>(seed >> 16 & 511));
      }
      for (let i: i32 = 0; i < 64; i++) {
        seed = seed * 1103515245 + 12345;
        const k: i32 = <i32>(seed >> 16) % 12;
        store<u8>(a + 512 + i, k < 10 ? 48 + k : k == 10 ? 44 : 45);
      }
      let sum: i32 = 0;
      for (let round: i32 = 0; round < n; round++) {
        let h: i32 = 0;
        for (let p: i32 = 0; p >= 0; p = load<i32>(a + (p << 3))) {
          const v: i32 = load<i32>(a + (p << 3) + 4);
          if (v > 100) h += v;
          h ^= v;
        }
        sum += h;
        for (let r: i32 = 0; r < 8; r++) {
          let dot: i32 = 0;
          for (let k: i32 = 0; k < 8; k++) {
            dot += <i32>load<i16>(a + 256 + (r << 4) + (k << 1)) * <i32>load<i16>(a + 384 + (k << 4));
          }
          sum += dot >> 4;
        }
        let number: i32 = 0, sign: i32 = 0;
        for (let i: i32 = 0; i < 64; i++) {
          const c: i32 = load<u8>(a + 512 + i);
          if (c == 44) { sum += number; number = 0; }
          else if (c < 48) sign ^= 1;
          else number = number * 5 + c;
        }
        sum += sign;
        let crc: i32 = sum & 0xffff;
        for (let k: i32 = 0; k < 16; k++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
        sum ^= crc;
        store<i32>(a + ((round & 31) << 3) + 4, sum & 255);
      }
      return sum;`,
  c: `int *list = (int *)a; short *matrix = (short *)(a + 256), *vector = matrix + 64;
      unsigned char *text = (unsigned char *)(a + 512);
      unsigned seed = 7, sum = 0;
      for (int i = 0; i < 32; i++) { seed = seed * 1103515245u + 12345;
        list[2 * i] = i == 31 ? -1 : i + 1; list[2 * i + 1] = (seed >> 16) % 200; }
      for (int i = 0; i < 128; i++) { seed = seed * 1103515245u + 12345; matrix[i] = seed >> 16 & 511; }
      for (int i = 0; i < 64; i++) { seed = seed * 1103515245u + 12345;
        int k = (seed >> 16) % 12; text[i] = k < 10 ? 48 + k : k == 10 ? 44 : 45; }
      for (int round = 0; round < n; round++) {
        int h = 0;
        for (int p = 0; p >= 0; p = list[2 * p]) { int v = list[2 * p + 1]; if (v > 100) h += v; h ^= v; }
        sum += h;
        for (int r = 0; r < 8; r++) { int dot = 0;
          for (int k = 0; k < 8; k++) dot += matrix[8 * r + k] * vector[8 * k];
          sum += dot >> 4; }
        unsigned number = 0, sign = 0;
        for (int i = 0; i < 64; i++) { int c = text[i];
          if (c == 44) { sum += number; number = 0; } else if (c < 48) sign ^= 1; else number = number * 5 + c; }
        sum += sign;
        unsigned crc = sum & 0xffff;
        for (int k = 0; k < 16; k++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
        sum ^= crc;
        list[2 * (round & 31) + 1] = sum & 255;
      }
      return sum;`,
};

export const KERNELS: readonly Kernel[] = [
  {
    name: "fib (loop)",
    n: 500,
    script: `let x: i32 = 0, y: i32 = 1;
      for (let i: i32 = 0; i < n; i++) { const t: i32 = x + y; x = y; y = t; }
      return x;`,
    c: "int x = 0, y = 1; for (int i = 0; i < n; i++) { int t = (unsigned)x + y; x = y; y = t; } return x;",
  },
  {
    name: "sum of words",
    n: 200,
    script: `let s: i32 = 0;
      for (let i: i32 = 0; i < n; i++) s += load<i32>(a + (i << 2));
      return s;`,
    c: "int *p = (int *)a; int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s;",
  },
  {
    name: "copy and add",
    n: 200,
    script: `for (let i: i32 = 0; i < n; i++) store<i32>(b + (i << 2), load<i32>(a + (i << 2)) + i);
      return load<i32>(b + 40);`,
    c: "int *p = (int *)a, *q = (int *)b; for (int i = 0; i < n; i++) q[i] = p[i] + i; return q[10];",
  },
  {
    name: "relu of bytes",
    n: 400,
    script: `let s: i32 = 0;
      for (let i: i32 = 0; i < n; i++) {
        let x: i32 = load<i8>(a + i);
        if (x < 0) x = 0;
        store<u8>(b + i, x >> 2);
        s += x;
      }
      return s;`,
    c: `signed char *p = (signed char *)a; unsigned char *q = (unsigned char *)b; int s = 0;
      for (int i = 0; i < n; i++) { int x = p[i]; if (x < 0) x = 0; q[i] = x >> 2; s += x; } return s;`,
  },
  {
    name: "matrix vector",
    n: 16,
    script: `let s: i32 = 0;
      for (let r: i32 = 0; r < n; r++) {
        let sum: i32 = 0;
        for (let c: i32 = 0; c < n; c++) sum += load<i8>(a + r * n + c) * load<u8>(b + c);
        s ^= sum;
      }
      return s;`,
    c: `signed char *m = (signed char *)a; unsigned char *v = (unsigned char *)b; int s = 0;
      for (int r = 0; r < n; r++) { int sum = 0; for (int c = 0; c < n; c++) sum += m[r * n + c] * v[c]; s ^= sum; }
      return s;`,
  },
  {
    name: "argmax",
    n: 300,
    script: `let best: i32 = 0, value: i32 = load<i32>(a);
      for (let i: i32 = 1; i < n; i++) {
        const x: i32 = load<i32>(a + (i << 2));
        if (x > value) { value = x; best = i; }
      }
      return best;`,
    c: `int *p = (int *)a; int best = 0, value = p[0];
      for (int i = 1; i < n; i++) { int x = p[i]; if (x > value) { value = x; best = i; } } return best;`,
  },
  {
    name: "crc32 bits",
    n: 60,
    script: `let crc: u32 = 0xffffffff;
      for (let i: i32 = 0; i < n; i++) {
        crc ^= load<u8>(a + i);
        for (let k: i32 = 0; k < 8; k++) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
      }
      return ~crc;`,
    c: `unsigned char *p = (unsigned char *)a; unsigned crc = 0xffffffffu;
      for (int i = 0; i < n; i++) { crc ^= p[i];
        for (int k = 0; k < 8; k++) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1; }
      return ~crc;`,
  },
  {
    name: "gcd",
    n: 40,
    script: `let s: i32 = 0;
      for (let i: i32 = 1; i < n; i++) {
        let x: i32 = i * 12, y: i32 = 360;
        while (y != 0) { const t: i32 = x % y; x = y; y = t; }
        s += x;
      }
      return s;`,
    c: `int s = 0; for (int i = 1; i < n; i++) { int x = i * 12, y = 360;
      while (y != 0) { int t = x % y; x = y; y = t; } s += x; } return s;`,
  },
  {
    name: "insertion sort",
    n: 40,
    script: `for (let i: i32 = 0; i < n; i++) store<i32>(b + (i << 2), load<i32>(a + (i << 2)));
      for (let i: i32 = 1; i < n; i++) {
        const x: i32 = load<i32>(b + (i << 2));
        let k: i32 = i - 1;
        while (k >= 0 && load<i32>(b + (k << 2)) > x) {
          store<i32>(b + (k << 2) + 4, load<i32>(b + (k << 2)));
          k--;
        }
        store<i32>(b + (k << 2) + 4, x);
      }
      return load<i32>(b + 28);`,
    c: `int *p = (int *)a, *q = (int *)b; for (int i = 0; i < n; i++) q[i] = p[i];
      for (int i = 1; i < n; i++) { int x = q[i], k = i - 1;
        while (k >= 0 && q[k] > x) { q[k + 1] = q[k]; k--; } q[k + 1] = x; } return q[7];`,
  },
  MIX,
];
