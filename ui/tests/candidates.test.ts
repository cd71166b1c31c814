import { expect, it } from "vitest";
import { withOwnAddress } from "../src/core/candidates";

const session = "v=0\r\ns=-\r\n";
const udp = "a=candidate:1 1 udp 2130706431 10.0.0.7 49100 typ host\r\n";
const tcp = "a=candidate:2 1 tcp 1526726655 10.0.0.7 49100 typ host tcptype passive\r\n";
const video = `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n${udp}${tcp}a=end-of-candidates\r\n`;
const refused = "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n";
const data = `m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n`;
const answer = session + video + refused + data;
const added = (sdp: string) => [...sdp.matchAll(/^a=candidate:999 .*$/gm)].map(([line]) => line);

it("names the address that the page came from in every section that is used", () => {
  const sdp = withOwnAddress(answer, "http://127.0.0.1:8080/");
  expect(added(sdp)).toHaveLength(2);
  expect(added(sdp)[0]).toMatch(/ tcp \d+ 127\.0\.0\.1 8080 typ host tcptype passive\r?$/);
  expect(sdp.indexOf("a=candidate:999")).toBeLessThan(sdp.indexOf("a=end-of-candidates"));
  expect(sdp.replaceAll(/^a=candidate:999 .*\r\n/gm, "")).toBe(answer);
});

it("adds nothing that the server names already", () => {
  expect(added(withOwnAddress(session + video, "http://10.0.0.7:49100/"))).toHaveLength(0);
});

it("reads names, IPv6 addresses and the default port", () => {
  const only = (server: string) => added(withOwnAddress(session + data, server))[0]?.split(" ").slice(4, 6).join(" ");
  expect(only("http://stage.example/x/")).toBe("stage.example 80");
  expect(only("http://[2001:db8::1]:49100/")).toBe("2001:db8::1 49100");
  expect(only("http://localhost:49100/")).toBe("127.0.0.1 49100");
});

it("adds nothing over https", () => {
  expect(withOwnAddress(answer, "https://stage.example/")).toBe(answer);
});
