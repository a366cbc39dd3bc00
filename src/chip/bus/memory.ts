/** Byte memory of the FPGA side in pages that come into being when written; untouched bytes read 0. */

/** An access of the host outside a memory. */
export class MemoryRangeError extends RangeError {
  override name = "MemoryRangeError";
}

/** `pages[i]` lies at byte `numbers[i] * pageBytes`. */
export interface MemorySnapshot {
  readonly pageBytes: number;
  readonly numbers: Uint32Array;
  readonly pages: readonly Uint8Array[];
}

export class Memory {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly pageBytes: number;
  /** Called after any change, e.g. to drop decoded instructions. */
  onWrite: (offset: number, bytes: number) => void = () => {};
  readonly #pages = new Map<number, Uint8Array>();
  #lastNumber = -1;
  #lastPage: Uint8Array | undefined;

  constructor(name: string, size: number, pageBytes: number) {
    this.name = name;
    this.size = size;
    this.pageBytes = pageBytes;
  }

  /** Big-endian load inside one aligned word; `offset` must lie inside the memory. */
  load(offset: number, bytes: 1 | 2 | 4): number {
    const page = this.#page(Math.floor(offset / this.pageBytes), false);
    if (!page) return 0;
    const at = offset % this.pageBytes;
    if (bytes === 1) return page[at];
    if (bytes === 2) return (page[at] << 8) | page[at + 1];
    return (page[at] << 24) | (page[at + 1] << 16) | (page[at + 2] << 8) | page[at + 3];
  }

  /** Big-endian store inside one aligned word; `offset` must lie inside the memory. */
  store(offset: number, bytes: 1 | 2 | 4, value: number): void {
    const page = this.#page(Math.floor(offset / this.pageBytes), true)!;
    let at = offset % this.pageBytes;
    if (bytes === 4) {
      page[at++] = value >>> 24;
      page[at++] = value >>> 16;
    }
    if (bytes >= 2) page[at++] = value >>> 8;
    page[at] = value;
    this.onWrite(offset, bytes);
  }

  /** Copies `into.length` bytes from `offset`, no further check. */
  readInto(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const at = (offset + done) % this.pageBytes;
      const length = Math.min(into.length - done, this.pageBytes - at);
      const page = this.#page(Math.floor((offset + done) / this.pageBytes), false);
      if (page) into.set(page.subarray(at, at + length), done);
      else into.fill(0, done, done + length);
      done += length;
    }
  }

  /** Host: a copy of `length` bytes from byte `offset`. Throws MemoryRangeError outside the memory. */
  read(offset: number, length: number): Uint8Array {
    this.#check(offset, length, "read");
    const bytes = new Uint8Array(length);
    this.readInto(offset, bytes);
    return bytes;
  }

  /** Host: writes bytes from byte `offset`. Throws MemoryRangeError outside the memory. */
  write(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length, "write");
    for (let done = 0; done < bytes.length; ) {
      const at = (offset + done) % this.pageBytes;
      const length = Math.min(bytes.length - done, this.pageBytes - at);
      this.#page(Math.floor((offset + done) / this.pageBytes), true)!.set(
        bytes.subarray(done, done + length),
        at,
      );
      done += length;
    }
    this.onWrite(offset, bytes.length);
  }

  snapshot(): MemorySnapshot {
    const numbers = [...this.#pages.keys()].sort((a, b) => a - b);
    return {
      pageBytes: this.pageBytes,
      numbers: Uint32Array.from(numbers),
      pages: numbers.map((number) => this.#pages.get(number)!.slice()),
    };
  }

  /** Takes back a snapshot; does not call `onWrite`. */
  restore(snapshot: MemorySnapshot): void {
    this.#pages.clear();
    this.#lastNumber = -1;
    this.#lastPage = undefined;
    snapshot.pages.forEach((page, at) => {
      this.#pages.set(snapshot.numbers[at], page.slice());
    });
  }

  #page(number: number, create: boolean): Uint8Array | undefined {
    if (number === this.#lastNumber) return this.#lastPage;
    let page = this.#pages.get(number);
    if (!page) {
      if (!create) return undefined;
      page = new Uint8Array(this.pageBytes);
      this.#pages.set(number, page);
    }
    this.#lastNumber = number;
    this.#lastPage = page;
    return page;
  }

  #check(offset: number, length: number, what: string): void {
    if (!Number.isInteger(offset) || offset < 0 || length < 0 || offset + length > this.size) {
      throw new MemoryRangeError(
        `cannot ${what} ${length} bytes at offset 0x${offset.toString(16)} of the ${this.name}: it has ${this.size} bytes`,
      );
    }
  }
}
