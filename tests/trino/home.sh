#!/usr/bin/env bash
# Prints where Trino lies, for TRINO_HOME, having unpacked it into .cache/ the first time. Ends with 1, and says why, where
# its download (821 MB from Maven Central, kept in ~/.m2) is not here; with DOT_CI_TRINO=1 it is fetched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly VERSION=476
home=${TRINO_HOME:-$PWD/.cache/trino-server-$VERSION}
if [[ -z ${TRINO_JAVA_HOME:-} ]] && ! compgen -G "/usr/lib/jvm/temurin-25*" >/dev/null; then
  echo "there is no JDK 25" >&2
  exit 1
fi
if [[ ! -d $home ]]; then
  download=~/.m2/repository/io/trino/trino-server/$VERSION/trino-server-$VERSION.tar.gz
  if [[ ! -r $download && ${DOT_CI_TRINO:-} != 1 ]]; then
    echo "its download of 821 MB is not here; DOT_CI_TRINO=1 fetches it" >&2
    exit 1
  fi
  if [[ ! -r $download ]]; then
    mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get -Dtransitive=false \
      "-Dartifact=io.trino:trino-server:$VERSION:tar.gz" >&2
  fi
  part=$home.$$
  mkdir -p "$part"
  # The plugins share their files by hard links, so the rest goes only when all is unpacked.
  tar -xzf "$download" -C "$part" --strip-components=1
  for plugin in "$part"/plugin/*; do
    case ${plugin##*/} in iceberg | memory | tpch) ;; *) rm -rf "$plugin" ;; esac
  done
  mv -T "$part" "$home"
fi
echo "$home"
