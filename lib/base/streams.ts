/**
 * What goes into a process and comes out of it.
 * @module
 */

/** All that a stream gives, but for the lines that somebody takes. */
export async function collect(
  stream: ReadableStream<Uint8Array>,
  onLine?: (line: string) => boolean,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  if (onLine === undefined) { for await (const piece of stream) pieces.push(piece); }
  else {
    const encoder = new TextEncoder();
    const keep = (line: string, end: string) => {
      if (!onLine(line)) pieces.push(encoder.encode(line + end));
    };
    const text = new TextDecoder();
    // A long line comes in many pieces.
    let begun: string[] = [];
    for await (const piece of stream) {
      const [first = "", ...lines] = text.decode(piece, { stream: true }).split("\n");
      begun.push(first);
      for (const line of lines) {
        keep(begun.join(""), "\n");
        begun = [line];
      }
    }
    const rest = begun.join("");
    if (rest !== "") keep(rest, "");
  }
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The start of what a stream gives, as text; behind it nothing is read any more. */
export async function startOf(stream: ReadableStream<Uint8Array>, most: number): Promise<string> {
  const text = new TextDecoder();
  let read = "";
  for await (const piece of stream) {
    read += text.decode(piece, { stream: true });
    if (read.length >= most) break;
  }
  return read.slice(0, most);
}

/** Write a text to a stdin, and close it. */
export async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // The child ended without reading on: its exit code tells.
  }
}

/**
 * The text of a stream as UTF-8, whatever it was: a console of Windows takes nothing else, and a Python there writes in the
 * code page. What is no UTF-8 becomes a replacement character.
 */
export function asUtf8(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array> {
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream());
}

/** Write a stream on as it comes. Where it cannot be written any more it is read to its end, so that nobody waits. */
export async function passOn(
  stream: ReadableStream<Uint8Array>,
  to: { write(bytes: Uint8Array): Promise<number> },
): Promise<void> {
  let open = true;
  for await (const piece of stream) {
    for (let at = 0; open && at < piece.length;) {
      try {
        at += await to.write(piece.subarray(at));
      } catch {
        open = false;
      }
    }
  }
}
