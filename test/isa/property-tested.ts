/** Rows without golden records; `properties.spec.ts` tests them against the text of the specification. */
export const PROPERTY_TESTED = ["rfci", "rfmci", "eciwx", "ecowx", "wait"] as const;
