/** Kernels in AssemblyScript and C for the comparison of compilers. */

export interface Kernel {
  readonly name: string;
  /** AssemblyScript with a function `kernel(a: i32, b: i32, n: i32): i32`; `a` and `b` are addresses. */
  readonly script: string;
  readonly c: string;
  readonly n: number;
}

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
];
