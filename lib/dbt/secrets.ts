/**
 * Which values of a profile are secrets, and the environment variables that carry them to dbt.
 * @module
 */
import { hasJinja } from "./jinja.ts";

/**
 * dbt replaces the values of variables with this prefix in everything it prints and logs
 * (dbt.constants.SECRET_ENV_PREFIX).
 */
const PREFIX = "DBT_ENV_SECRET_DOT_";

const SENSITIVE_KEY =
  /pass(?:word|_?phrase|code|wd)?\d*$|password|^pwd$|^pat$|token$|secret|credential|private[-_]?key|api[-_]?key$|(?:access|account|encryption|master|session|shared|signing|storage)[-_]?key$|signature$|^sas$|jwt$|bearer|cookie|assertion$|^basic_auth$|authorization|conn(?:ection)?_str(?:ing)?$|^dsn$|key_?file_json|private_key_id/i;
/** A key that names where a secret lies, or how it is got. */
const NOT_THE_SECRET =
  /(?:_path|_file|_dir|_id|_ids|_uri|_url|_endpoint|_type|_name|_method|_provider|_region)$/i;
/** A URL with a password in it, or with a token among its parameters. */
const SENSITIVE_TEXT =
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@|(?:token|password|secret|pwd|sig|accountkey)\s*=\s*[^&\s]|-----BEGIN [A-Z ]*PRIVATE KEY/i;

/** Whether a literal text under this key must not be written to a file. Jinja stays: it is no secret itself. */
export function isSecret(key: string, text: string): boolean {
  if (text === "" || hasJinja(text)) return false;
  return isSecretName(key) || SENSITIVE_TEXT.test(text);
}

/** Whether a name is a secret's, so that its value is not shown, whatever it is. */
export function isSecretName(name: string): boolean {
  return SENSITIVE_KEY.test(name) && !NOT_THE_SECRET.test(name);
}

/** Collects secrets and hands out the Jinja that reads each of them back. */
export class SecretBag {
  /** The environment variables that dbt must be given. */
  readonly env: Record<string, string> = {};

  /** Take a secret; gives the text to write in its place. */
  put(secret: string): string {
    const name = `${PREFIX}${Object.keys(this.env).length}`;
    this.env[name] = secret;
    return `{{ env_var('${name}') }}`;
  }
}
