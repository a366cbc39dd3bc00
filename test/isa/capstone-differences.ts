import { field } from "../../isa/decode.ts";
import { sprByNumber } from "../../isa/sprs.ts";
import type { Instruction } from "../../isa/types.ts";

/** A known way in which our text and capstone's differ. */
export interface Difference {
  readonly reason: string;
  readonly applies: (compared: {
    readonly word: number;
    readonly row: Instruction;
    readonly ours: string;
    /** undefined: capstone does not decode the word. */
    readonly theirs: string | undefined;
  }) => boolean;
}

const conditional = (row: Instruction) => row.operands.some((operand) => operand.field === "BO");
/** BO values with an assembler form: conditions and counts with their hints, and always. */
const REGULAR_BO = [0, 2, 4, 6, 7, 8, 10, 12, 14, 15, 16, 18, 20, 24, 25, 26, 27];

export const CAPSTONE_DIFFERENCES: readonly Difference[] = [
  {
    reason: "capstone does not decode the forms with OE",
    applies: ({ word, row, theirs }) =>
      theirs === undefined && row.modifiers?.includes("OE") === true && field(word, "OE") === 1,
  },
  {
    reason: "capstone does not decode these instructions of the embedded category",
    applies: ({ row, theirs }) =>
      theirs === undefined && ["prtyw", "eciwx", "ecowx", "wait"].includes(row.mnemonic),
  },
  {
    reason: "capstone gives targets above 2 GiB as 64-bit numbers, which JavaScript rounds",
    applies: ({ ours, theirs = "" }) => {
      const split = (text: string) => [text.replace(/\S+$/, ""), Number(/\S+$/.exec(text)?.[0])] as const;
      const [ourText, ourTarget] = split(ours);
      const [theirText, theirTarget] = split(theirs);
      return ourText === theirText && theirTarget - ourTarget > 1.8e19;
    },
  },
  {
    reason: "capstone drops the reserved bits of BO; we keep them by writing bc with numbers",
    applies: ({ word, row, ours }) =>
      conditional(row) && /^b(?:c|clr|cctr)l?a? \d/.test(ours) && !REGULAR_BO.includes(field(word, "BO")),
  },
  {
    reason: "capstone writes branches on the counter alone and unconditional ones whatever BI is; we keep BI",
    applies: ({ word, row, ours }) =>
      conditional(row) &&
      /^b(?:c|clr|cctr)l?a? \d/.test(ours) &&
      (field(word, "BO") & 16) !== 0 &&
      field(word, "BI") !== 0,
  },
  {
    reason: "capstone names counting forms of bcctr, which the architecture forbids",
    applies: ({ word, row, ours }) =>
      row.mnemonic === "bcctr" && ours.startsWith("bcctr") && (field(word, "BO") & 4) === 0,
  },
  {
    reason: "capstone writes condition bits as cr1eq and so as un; the GNU assembler reads 4*cr1+eq",
    applies: ({ ours, theirs = "" }) => {
      const gnu = theirs.replaceAll(/cr(\d)(lt|gt|eq|un)/g, (_, cr: string, bit: string) => {
        const name = bit === "un" ? "so" : bit;
        return cr === "0" ? name : `4*cr${cr}+${name}`;
      });
      return gnu === ours && /^(?:cr|b)/.test(ours);
    },
  },
  {
    reason: "capstone shows one field of mfocrf and mtocrf; the core uses every FXM bit",
    applies: ({ word, row }) => {
      const fxm = field(word, "FXM");
      return /^m[ft]ocrf$/.test(row.mnemonic) && (fxm & (fxm - 1)) !== 0;
    },
  },
  {
    reason: "capstone simplifies or with equal sources, nor and rotates not in the record form",
    applies: ({ word, row, ours }) =>
      ["or", "nor", "rlwinm", "rlwnm"].includes(row.mnemonic) &&
      /^(?:mr|not|slwi|srwi|clrlwi|rotlwi|rotlw)\. /.test(ours) &&
      field(word, "Rc") === 1,
  },
  {
    reason: "capstone writes nor with equal sources out",
    applies: ({ ours, theirs = "" }) => ours.startsWith("not ") && theirs.startsWith("nor "),
  },
  {
    reason: "capstone has no names for the trap conditions ge, le, lge, lle",
    applies: ({ ours, theirs = "" }) =>
      /^tw(?:ge|le|lge|lle)i? /.test(ours) && /^twi? (?:12|20|5|6), /.test(theirs),
  },
  {
    reason: "special purpose registers have other names there, or none",
    applies: ({ word, row, ours, theirs = "" }) =>
      /^m[ft]spr$/.test(row.mnemonic) &&
      (sprByNumber(field(word, "SPR")) !== undefined || /^m[ft]spr /.test(ours)) &&
      /^m[ft]\w+ /.test(theirs),
  },
  {
    reason: "capstone does not know mtcr",
    applies: ({ ours, theirs = "" }) => ours.startsWith("mtcr ") && theirs.startsWith("mtcrf 255,"),
  },
  {
    reason: "a rotation by 0 with a full mask is slwi 0 there",
    applies: ({ ours, theirs = "" }) =>
      /^rotlwi \w+, \w+, 0$/.test(ours) && theirs === ours.replace("rotlwi", "slwi"),
  },
];
