// @ts-self-types="./mod.d.ts"
import * as posix from "npm:deno-std@1.4.0/path/posix/mod.js";
import * as windows from "npm:deno-std@1.4.0/path/windows/mod.js";

// path/mod.js of deno-std asks `process.platform` first, for which Deno loads its Node layer: 20 ms at every start.
const path = Deno.build.os === "windows" ? windows : posix;

export const {
  basename,
  DELIMITER,
  dirname,
  fromFileUrl,
  isAbsolute,
  join,
  relative,
  resolve,
  SEPARATOR,
} = path;
