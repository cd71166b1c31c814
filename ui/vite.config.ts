// The build: one page with relative addresses, so that it also works under /streaming/webrtc-client/ and behind a path prefix.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import pkg from "./package.json" with { type: "json" };

const server = process.env.TELESTAGE_URL ?? "http://127.0.0.1:49100";
const forward = { target: server, changeOrigin: true, headers: { origin: server } };

export default defineConfig({
  base: "./",
  plugins: [svelte()],
  define: { __VERSION__: JSON.stringify(pkg.version) },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/whep": forward, "/health": forward, "/snapshot.jpg": forward, "/snapshot.png": forward },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
