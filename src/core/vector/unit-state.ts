import { UNITS } from "./register-port.ts";

/** Bytes of state a VectorUnit keeps in the buffer it is given; a snapshot is a copy of them. */
export const VECTOR_UNIT_STATE_BYTES = 4096;

/** Queue entries between issue and pop, instructions between pop and completion, waiting places of one unit. */
export const QUEUE = 8;
export const SLOTS = 32;
export const RING = 16;
const REGISTERS = 32;

/** Indices into `scalars`. Times are cycles since `origin[0]`. */
export const SCALAR = {
  /** First cycle not yet simulated. */
  now: 0,
  phase: 1,
  queueHead: 2,
  queueCount: 3,
  /** Bit s: slot s holds an instruction. */
  live: 4,
  /** Bit s: the instruction of slot s has a known time in `written`. */
  finishing: 5,
  /** Earliest of those times. */
  nextWritten: 6,
  /** 1 while a compare is between pop and its write of VCR. */
  comparePending: 7,
  /** Popped instructions that still have to read VCR, and when the last one released it. */
  conditionReaders: 8,
  conditionFree: 9,
  /** When the LS unit gives its reservation back, or NEVER. */
  storeRelease: 10,
  /** Write time of the last parallel read in the write ring. */
  lastParallelWrite: 11,
  drained: 12,
  /** Bit u: unit u has an instruction that waits for its start, reads operands, or waits to write. */
  waiting: 13,
  reading: 14,
  writing: 15,
} as const;

export const LAST_ISSUE = 1;

/** Typed views of the state of one vector unit over a buffer. */
export class UnitState {
  /** [0]: cycle that the times are counted from; [LAST_ISSUE]: cycle of the last instruction that was issued. */
  readonly origin: Float64Array;
  /** Everything below in one piece. */
  readonly words: Int32Array;
  readonly scalars: Int32Array;
  /** Per vector register: slot that will write it or -1, port reads outstanding, cycle of the last granted one. */
  readonly writer: Int32Array;
  readonly unread: Int32Array;
  readonly lastRead: Int32Array;
  /** Per unit: used reservations, earliest next start, slot that is reading operands, since when. */
  readonly reserved: Int32Array;
  readonly nextStart: Int32Array;
  readonly reading: Int32Array;
  readonly readAt: Int32Array;
  /** Per unit: rings of slots that wait for their start, and of slots that wait to write. */
  readonly waitHead: Int32Array;
  readonly waitCount: Int32Array;
  readonly waiting: Int32Array;
  readonly writeHead: Int32Array;
  readonly writeCount: Int32Array;
  readonly writing: Int32Array;
  readonly writeAt: Int32Array;
  /** Queue ring: timing class and operand fields packed, latency, cycle from which it can be popped. */
  readonly queueWord: Int32Array;
  readonly queueLatency: Int32Array;
  readonly queueArrival: Int32Array;
  /** Per slot. */
  readonly word: Int32Array;
  readonly latency: Int32Array;
  readonly popped: Int32Array;
  readonly started: Int32Array;
  readonly fromIdle: Int32Array;
  readonly readsDone: Int32Array;
  readonly written: Int32Array;

  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    this.origin = new Float64Array(buffer, byteOffset, 2);
    const first = byteOffset + this.origin.byteLength;
    let used = 0;
    const take = (length: number) => {
      const view = new Int32Array(buffer, first + 4 * used, length);
      used += length;
      return view;
    };
    this.scalars = take(16);
    this.writer = take(REGISTERS);
    this.unread = take(REGISTERS);
    this.lastRead = take(REGISTERS);
    this.reserved = take(UNITS);
    this.nextStart = take(UNITS);
    this.reading = take(UNITS);
    this.readAt = take(UNITS);
    this.waitHead = take(UNITS);
    this.waitCount = take(UNITS);
    this.waiting = take(UNITS * RING);
    this.writeHead = take(UNITS);
    this.writeCount = take(UNITS);
    this.writing = take(UNITS * RING);
    this.writeAt = take(UNITS * RING);
    this.queueWord = take(QUEUE);
    this.queueLatency = take(QUEUE);
    this.queueArrival = take(QUEUE);
    this.word = take(SLOTS);
    this.latency = take(SLOTS);
    this.popped = take(SLOTS);
    this.started = take(SLOTS);
    this.fromIdle = take(SLOTS);
    this.readsDone = take(SLOTS);
    this.written = take(SLOTS);
    this.words = new Int32Array(buffer, first, used);
    const bytes = this.origin.byteLength + 4 * used;
    if (bytes > VECTOR_UNIT_STATE_BYTES) throw new Error(`vector unit: state needs ${bytes} bytes`);
  }
}
