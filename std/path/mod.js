// @ts-self-types="./mod.d.ts"
export {
  basename,
  DELIMITER,
  dirname,
  fromFileUrl,
  isAbsolute,
  join,
  relative,
  resolve,
  SEPARATOR,
} from "npm:deno-std@1.4.0/path/mod.js";
