import { expect, it } from "vitest";
import { credentials, restarted } from "../src/core/restart";

const answer = ["v=0", "s=-", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0", "a=ice-ufrag:old1", "a=ice-pwd:oldsecret", "a=candidate:1 1 udp 1 10.0.0.7 1 typ host", "a=end-of-candidates", "m=audio 0 RTP 0", "a=mid:1", ""].join("\r\n");
const fragment = "a=ice-ufrag:new1\r\na=ice-pwd:newsecret\r\na=candidate:1 1 udp 9 10.0.0.8 2 typ host\r\na=end-of-candidates\r\n";

it("reads credentials wherever they stand, and none where there are none", () => {
  expect(credentials(answer)).toBe("a=ice-ufrag:old1\r\na=ice-pwd:oldsecret\r\n");
  expect(credentials("v=0\r\na=ice-ufrag:lonely\r\n")).toBeNull();
});

it("puts the new credentials and candidates in place of the old ones", () => {
  const sdp = restarted(answer, fragment) ?? "";
  expect(sdp).not.toMatch(/old|10\.0\.0\.7/);
  expect(sdp.match(/a=ice-ufrag:new1\r\na=ice-pwd:newsecret\r\na=candidate:1 1 udp 9 10\.0\.0\.8 2 typ host\r\na=end-of-candidates\r\n/g)).toHaveLength(1);
  expect(sdp).toContain("a=mid:0\r\n");
  expect(sdp.split("m=audio")[1]).not.toContain("ice-ufrag");
  expect(restarted(answer, "nothing")).toBeNull();
});
