/** Numbers of the ELF specification (System V ABI, PowerPC supplement) that PPU images use. */
export const ELF_HEADER_BYTES = 52;
export const SECTION_HEADER_BYTES = 40;
export const PROGRAM_HEADER_BYTES = 32;
export const SYMBOL_BYTES = 16;

export const MACHINE_PPC = 20;
export const FILE_TYPE = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;

export const SECTION_TYPE = { progbits: 1, symtab: 2, strtab: 3, nobits: 8 } as const;
export const SECTION_FLAG = { write: 1, alloc: 2, exec: 4, tls: 0x400, compressed: 0x800 } as const;
export const SEGMENT_LOAD = 1;
export const SEGMENT_FLAG = { exec: 1, write: 2, read: 4 } as const;

export const SYMBOL_TYPE = { none: 0, object: 1, function: 2, section: 3, file: 4 } as const;
export const SYMBOL_BINDING = { local: 0, global: 1, weak: 2 } as const;
/** Section indices with a meaning of their own. */
export const INDEX_UNDEFINED = 0;
export const INDEX_RESERVED = 0xff00;
export const INDEX_ABSOLUTE = 0xfff1;
