/** Scripts of a shell in the place of a dbt: such a one is asked who it is. */
import { TESTED } from "./installed.ts";

/** What the dbt that tests run says of itself, in one line of it. */
export const SAID: string = TESTED === "2"
  ? "dbt-fusion 2.0.0-preview.196"
  : "Core:\\n  - installed: 1.11.0";

/** A script that says that it is a dbt when it is asked, and else does what `body` says. */
export function shellDbt(body: string, said: string = SAID): string {
  return `#!/bin/sh
for last; do :; done
if [ "$last" = --version ]; then printf '${said}\\n'; exit; fi
${body}`;
}
