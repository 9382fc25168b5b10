/**
 * Signaling messages of realistic size: a session description of about 2.5 kB, then ICE candidates of about 300
 * bytes.
 */
const CANDIDATES = 10;

/** Number of messages that one peer sends to establish one connection. */
export const NEGOTIATION = 1 + CANDIDATES;

const CODECS = [
  ["audio", "111 opus/48000/2", "63 red/48000/2", "9 G722/8000", "0 PCMU/8000", "8 PCMA/8000"],
  ["video", "96 VP8/90000", "98 VP9/90000", "102 H264/90000", "45 AV1/90000", "127 red/90000"],
] as const;
const EXTENSIONS = ["ssrc-audio-level", "toffset", "sdes:mid", "sdes:rtp-stream-id"];

const sdpOf = (setup: "actpass" | "active"): string => {
  const lines = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"];
  for (const [mid, [kind, ...codecs]] of CODECS.entries()) {
    const types = codecs.map((codec) => codec.split(" ")[0]);
    lines.push(
      `m=${kind} 9 UDP/TLS/RTP/SAVPF ${types.join(" ")}`,
      "c=IN IP4 0.0.0.0",
      "a=rtcp:9 IN IP4 0.0.0.0",
      "a=ice-ufrag:Xk3q",
      "a=ice-pwd:0Jw7p2nQ5rV8yB1tC4uF6hZk",
      "a=ice-options:trickle",
      `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, i) => (i * 7 + 16).toString(16)).join(":")}`,
      `a=setup:${setup}`,
      `a=mid:${mid}`,
      "a=sendrecv",
      "a=rtcp-mux",
      ...EXTENSIONS.map((name, i) => `a=extmap:${i + 1} urn:ietf:params:rtp-hdrext:${name}`),
      ...codecs.map((codec) => `a=rtpmap:${codec}`),
      ...types.flatMap((type) => [`a=rtcp-fb:${type} transport-cc`, `a=rtcp-fb:${type} nack pli`]),
      `a=msid:7f2c4d1a-stream 3b9e8f60-${kind}`,
      `a=ssrc:${1_500_000_000 + mid} cname:p4T8sQz1Lr6Yw0`,
    );
  }
  return `${lines.join("\r\n")}\r\n`;
};

const candidateOf = (i: number) => ({
  candidate: `candidate:${3_044_000_000 + i} 1 udp 2122260223 192.168.1.${10 + i} ${50_000 + i} typ host generation 0 ufrag Xk3q network-id 1`,
  sdpMid: String(i % 2),
  sdpMLineIndex: i % 2,
  usernameFragment: "Xk3q",
});

/** Returns all messages that one peer sends to another one to connect, serialized as JSON. */
export const negotiation = (from: string, to: string, type: "offer" | "answer"): string[] => {
  const between = { from_peer_id: from, to_peer_id: to };
  const sdp = { type, sdp: sdpOf(type === "offer" ? "actpass" : "active") };
  return [
    JSON.stringify({ type, ...between, sdp }),
    ...Array.from({ length: CANDIDATES }, (_, i) =>
      JSON.stringify({ type: "ice-candidate", ...between, candidate: candidateOf(i) }),
    ),
  ];
};
