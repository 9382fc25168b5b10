import { EventSourceParserStream } from "eventsource-parser/stream";

/** The data of each server-sent event of a body, as it comes. Whoever stops reading ends the request behind it. */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const events = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) yield data;
}
