import { EventSourceParserStream } from "eventsource-parser/stream";

/** Yields the data of each server-sent event of a body. If the consumer stops reading, the request is cancelled. */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const events = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) yield data;
}
