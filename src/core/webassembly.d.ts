/** The part of the WebAssembly JavaScript interface that is used here; TypeScript declares it only for browsers. */
declare namespace WebAssembly {
  interface MemoryDescriptor {
    /** In pages of 64 KiB. */
    readonly initial: number;
    readonly maximum?: number;
  }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
  }

  class Module {
    constructor(bytes: ArrayBufferView | ArrayBuffer);
  }

  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
