export const TRANSLATION_MODES = ["auto", "always", "off"] as const;

/**
 * `auto`: code that loops is translated, and entered where a run is long enough. `always`: all code that loops, at once
 * and for the shortest runs (for tests). `off`: never.
 */
export type TranslationMode = (typeof TRANSLATION_MODES)[number];
