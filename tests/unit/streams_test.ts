import { assertEquals } from "@std/assert";
import { asUtf8, passOn } from "../../lib/base/streams.ts";

function streamOf(...pieces: number[][]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(pieces.map((piece) => new Uint8Array(piece)));
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const all: number[] = [];
  for await (const piece of stream) all.push(...piece);
  return all;
}

const text = (...bytes: number[]) => new TextDecoder().decode(new Uint8Array(bytes));

Deno.test("bytes of a code page become UTF-8 that a console takes", async () => {
  assertEquals(
    text(...await bytesOf(asUtf8(streamOf([0x63, 0x61, 0x66, 0xe9, 0x0a])))),
    "caf\ufffd\n",
  );
});

Deno.test("a character that comes in two pieces stays whole", async () => {
  assertEquals(text(...await bytesOf(asUtf8(streamOf([0x63, 0xc3], [0xa9])))), "cé");
});

Deno.test("a stream is passed on byte by byte, however little is taken at a time", async () => {
  const taken: number[] = [];
  await passOn(streamOf([0xe9, 1, 2], [3]), {
    write: (bytes) => {
      taken.push(...bytes.subarray(0, 2));
      return Promise.resolve(Math.min(2, bytes.length));
    },
  });
  assertEquals(taken, [0xe9, 1, 2, 3]);
});

Deno.test("where nobody takes any more, a stream is read to its end without an error", async () => {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++pulled > 3) controller.close();
      else controller.enqueue(new Uint8Array([pulled]));
    },
  });
  await passOn(stream, { write: () => Promise.reject(new Deno.errors.BadResource()) });
  assertEquals(pulled, 4);
});
