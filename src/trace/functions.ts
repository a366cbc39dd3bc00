import type { Image } from "../toolchain/image.ts";
import type { FunctionAt } from "./calls.ts";
import { TraceSymbols } from "./symbols.ts";

/** Functions of an image by address, from its debug information or its symbols. Every address is looked up once. */
export const functionsOf = (image: Image | undefined): FunctionAt => new TraceSymbols(image).functionAt;
