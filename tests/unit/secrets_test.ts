import { assertEquals } from "@std/assert";
import { isSecret, isSecretName, SecretBag } from "../../lib/dbt/secrets.ts";

Deno.test("a literal under a sensitive key is a secret", () => {
  for (
    const key of [
      "password",
      "pass",
      "passwd",
      "pwd",
      "PWD",
      "PASSWORD",
      "passphrase",
      "private_key",
      "private_key_passphrase",
      "privateKey",
      "token",
      "access_token",
      "refresh_token",
      "oauth_client_secret",
      "client_secret",
      "secret",
      "secret_access_key",
      "aws_secret_access_key",
      "aws_session_token",
      "motherduck_token",
      "keyfile_json",
      "api_key",
      "apikey",
      "pat",
      "authorization",
      "credentials",
      "dsn",
      "db_password",
      "http_passcode",
      "x-api-key",
      "account_key",
      "encryption_key",
      "shared_access_signature",
      "conn_str",
      "jwt",
      "bearer",
      "cookie",
      "client_assertion",
      "password1",
      "db_password_prod",
      "pass_phrase",
      "pw",
      "pin",
      "otp",
      "auth",
      "key",
      "user_pw",
      "oauth_refresh",
      "dbPw",
      "MFA_OTP",
      "basic_auth",
      "secretAccessKey",
      "mypass",
      "private_key_der",
      "signingkey",
      "token_primary",
      "api_key_prod",
    ]
  ) assertEquals(isSecret(key, "x1"), true, key);
});

Deno.test("a key that only names a place, a method or a user is no secret", () => {
  for (
    const key of [
      "user",
      "host",
      "schema",
      "path",
      "private_key_path",
      "password_file",
      "token_uri",
      "token_endpoint",
      "secret_dir",
      "client_id",
      "key_id",
      "authenticator",
      "auth_type",
      "secret_provider",
      "secret_name",
      "keyfile",
      "passenger",
      "compass_heading",
      "tokenizer",
      "patient",
      "unique_key",
      "partition_keys",
      "spin",
      "author",
      "bypass",
      "compass",
      "keyspace",
      "oauth_client_id",
      "auth_method",
    ]
  ) assertEquals(isSecret(key, "x1"), false, key);
});

Deno.test("a name means the same however its words are joined", () => {
  for (const name of ["user_pw", "user-pw", "userPw", "USER.PW", "user pw", "user_pw2"]) {
    assertEquals(isSecretName(name), true, name);
  }
});

Deno.test("Jinja and an empty text are no secrets", () => {
  assertEquals(isSecret("password", "{{ env_var('PW') }}"), false);
  assertEquals(isSecret("password", "a{# b #}"), false);
  assertEquals(isSecret("password", "{% if x %}a{% endif %}"), false);
  assertEquals(isSecret("password", ""), false);
  assertEquals(isSecret("password", "br{ace}s"), true);
});

Deno.test("a text that carries a password is a secret under any key", () => {
  for (
    const text of [
      "postgres://ada:hunter2@db.example.org/shop",
      "md:shop?motherduck_token=abc",
      "host=db password=abc user=ada",
      "Driver=x;PWD=abc;",
      "https://x.example.org/?sig=1&client_secret=abc",
      "host=db passwd=abc",
      "https://abc@example.org/x.git",
      "postgres://ada:a/b c@db.example.org/shop",
      "see https://ada:abc@example.org",
      "Authorization: Bearer abc",
      "x-api-key:abc",
      '{"password": "abc"}',
      "-----BEGIN RSA PRIVATE KEY-----",
    ]
  ) assertEquals(isSecret("path", text), true, text);
});

Deno.test("a text without a password is none", () => {
  for (
    const text of [
      "postgres://ada@db.example.org/shop",
      "postgres://db.example.org:5432/shop",
      "shop.duckdb",
      "md:shop",
      "s3://bucket/key",
      "s3://bucket/a:b@c",
      "C:\\data\\shop.duckdb",
      "password=",
      "https://example.org/a@b",
      "https://example.org:8080/a",
      "ssh://git@example.org/x",
      "abfss://container@account.example.org/x",
      "ada@example.org",
    ]
  ) assertEquals(isSecret("path", text), false, text);
});

Deno.test("the bag numbers its secrets with dbt's secret prefix and keeps their text", () => {
  const bag = new SecretBag();
  assertEquals(bag.put("hunter2"), "{{ env_var('DBT_ENV_SECRET_DOT_0') }}");
  assertEquals(bag.put("two\nlines"), "{{ env_var('DBT_ENV_SECRET_DOT_1') }}");
  assertEquals(bag.env, {
    DBT_ENV_SECRET_DOT_0: "hunter2",
    DBT_ENV_SECRET_DOT_1: "two\nlines",
  });
});
