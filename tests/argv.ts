/** What stands among the words that a dbt was started with. */

/** The word behind an option; undefined where the option is not there. */
export function valueOf(argv: readonly string[], option: string): string | undefined {
  const at = argv.indexOf(option);
  return at === -1 ? undefined : argv[at + 1];
}
