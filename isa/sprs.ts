/** A special purpose register as mfspr and mtspr see it (nux-core section 3). */
export interface SpecialRegister {
  readonly number: number;
  /** Upper case, as in Power ISA. */
  readonly name: string;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Bits that exist (int32); the others read 0. */
  readonly bits: number;
  readonly summary: string;
  readonly quirk?: string;
}

const spr = (
  number: number,
  name: string,
  summary: string,
  rest: Partial<SpecialRegister> = {},
): SpecialRegister => ({
  number,
  name,
  readable: true,
  writable: true,
  bits: -1,
  summary,
  ...rest,
});
const absent = {
  readable: false,
  writable: false,
  bits: 0,
  quirk: "declared without storage: reads 0, writes are ignored",
};

export const SPRS: readonly SpecialRegister[] = [
  spr(1, "XER", "fixed-point exceptions: SO, OV, CA", { bits: 0xe0000000 | 0 }),
  spr(8, "LR", "link"),
  spr(9, "CTR", "count"),
  spr(13, "AMR", "authority mask", absent),
  spr(22, "DEC", "decrementer"),
  spr(26, "SRR0", "save/restore 0: return address"),
  spr(27, "SRR1", "save/restore 1: machine state", { quirk: "mtspr stores all 32 bits" }),
  spr(54, "DECAR", "decrementer auto reload"),
  spr(58, "CSRR0", "critical save/restore 0", { quirk: "never written by hardware" }),
  spr(59, "CSRR1", "critical save/restore 1", { quirk: "never written by hardware" }),
  spr(61, "DEAR", "data exception address", { quirk: "R5: never written by hardware" }),
  spr(62, "ESR", "exception syndrome", { bits: 0x0f8f07e2 | 0 }),
  spr(65, "GIN", "general purpose input pins", { writable: false }),
  spr(66, "GOUT", "general purpose output pins"),
  spr(67, "GOE", "general purpose output enables", { quirk: "inverted at the pad: 0 drives" }),
  spr(68, "ICCR", "interrupt control", { readable: false, quirk: "R8: reads 0" }),
  spr(136, "CTRL", "control", absent),
  spr(256, "VRSAVE", "vector save", absent),
  ...[3, 4, 5, 6, 7].map((index) => spr(256 + index, `SPRG${index}`, `software use ${index}`, absent)),
  spr(284, "TBL", "time base lower", { quirk: "read and write at the same number" }),
  spr(285, "TBU", "time base upper", { quirk: "read and write at the same number" }),
  spr(336, "TSR", "timer status", { bits: 0xfc000000 | 0, quirk: "writing 1 clears a bit" }),
  spr(340, "TCR", "timer control", { bits: 0xffc00000 | 0 }),
  spr(570, "MCSRR0", "machine check save/restore 0", { quirk: "never written by hardware" }),
  spr(571, "MCSRR1", "machine check save/restore 1", { quirk: "never written by hardware" }),
];

const BY_NUMBER = new Map(SPRS.map((entry) => [entry.number, entry]));
const BY_NAME = new Map(SPRS.map((entry) => [entry.name.toLowerCase(), entry]));

/** Special purpose register by number, or undefined where the core has none. */
export const sprByNumber = (number: number): SpecialRegister | undefined => BY_NUMBER.get(number);

/** Special purpose register by name in any case. */
export const sprByName = (name: string): SpecialRegister | undefined => BY_NAME.get(name.toLowerCase());
