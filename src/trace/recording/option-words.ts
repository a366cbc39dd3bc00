/**
 * Options as words of the command line, as `TraceHeader.filters` keeps them, in the order of the keys: `--symbol main` for each
 * of several values, `--no-vectors` for `true`; nothing for `false` and `undefined`.
 */
export function optionWords(
  options: Readonly<Record<string, boolean | number | string | readonly string[] | undefined>>,
): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().map((one) => `--${name} ${one}`);
  });
}
